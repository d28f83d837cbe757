import Glibc
import Log
import Measure

/// One strategy's part of one round: each size, with one file and with all of them, in fresh logs.
struct StrategyTurn {
    let strategy: SyncStrategy
    /// One for each log, empty or not there yet.
    let folders: [String]
    /// Of each slice at most.
    let nanoseconds: UInt64
    let stop: StopFlag

    /// One size with so many files.
    struct Cell: Hashable {
        let bytes: Int
        let files: Int
    }

    /// Groups a log in one slice at most, by their bytes: enough for a 99th percentile of several rounds, and few enough
    /// for small segments.
    private static let groupsMax = [4096: 448, 65_536: 92]

    /// Has room for every slice of a turn, alone and in company, without a roll: to prepare a segment is the supply's
    /// work ahead of need, and no part of a group commit.
    static var segmentSize: Int {
        let slices = Calibration.sizes.reduce(0) { $0 + $1 * groupsMax[$1]! } * 2
        let whole = slices + GroupSize.segmentHeader + warmUpBytes
        return (whole + (1 << 20) - 1) & ~((1 << 20) - 1)
    }

    private static var warmUpBytes: Int { Calibration.sizes.max()! }

    func run() throws(LogError) -> [(cell: Cell, figures: RoundFigures)] {
        var logs: [MeasuredLog] = []
        for folder in folders {
            logs.append(
                try MeasuredLog(folder, strategy, segmentSize: Self.segmentSize, warmUp: Self.warmUpBytes)
            )
        }
        var figures: [(cell: Cell, figures: RoundFigures)] = []
        let counts = logs.count > 1 ? [1, logs.count] : [1]
        let cells = counts.flatMap { files in Calibration.sizes.map { Cell(bytes: $0, files: files) } }
        for cell in cells.shuffled() where !stop.isSet {
            let slice = SyncSlice(
                bytes: cell.bytes,
                count: Self.groupsMax[cell.bytes]!,
                nanoseconds: nanoseconds,
                stop: stop
            )
            figures.append((cell, try slice.run(Array(logs.prefix(cell.files)))))
        }
        if strategy.allocation == .recycled {
            for log in logs { try log.giveBack() }
        }
        return figures
    }
}
