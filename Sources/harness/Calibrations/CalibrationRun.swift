import Foundation
import Log
import Measure
import Statistics

/// The rounds of one calibration, and what they gave.
final class CalibrationRun {
    private enum Task: Hashable {
        case strategy(SyncStrategy)
        case loopback, memory, disk
    }

    private struct Series {
        var rates: [Double] = []
        var p50: [Double] = []
        var p99: [Double] = []
        var samples = 0

        mutating func add(_ round: RoundFigures) {
            rates.append(round.perSecond)
            p50.append(round.p50Microseconds)
            p99.append(round.p99Microseconds)
            samples += round.samples
        }
    }

    private let options: Calibrator.Options
    private let begin: UInt64
    private let stop: StopFlag
    private let progress: (Double, String) -> Void
    private let disk = PosixDisk()
    private var neighbours: Neighbours

    private var skipped: [Calibration.Skipped] = []
    private var floors: [SyncStrategy: [StrategyTurn.Cell: Series]] = [:]
    private var roundTrips = Series()
    private var loopbackRates: [Double] = []
    private var diskRates: [Double] = []
    private var checksumRates: [Double] = []
    private var copyRates: [Double] = []
    private var throughput: DiskThroughput?
    private var turns = 0

    /// Rounds that are hoped for; it goes on while there is time.
    private static let roundsWanted = 5.0

    init(
        _ options: Calibrator.Options,
        begin: UInt64,
        stop: StopFlag,
        say: @escaping (String) -> Void,
        progress: @escaping (Double, String) -> Void
    ) {
        neighbours = Neighbours(wait: options.quiet, stop: stop, say: say)
        self.options = options
        self.begin = begin
        self.stop = stop
        self.progress = progress
    }

    /// Without what was waited for.
    private var elapsed: Double { Stopwatch.seconds(Stopwatch.now - begin) - neighbours.waited }

    // MARK: Measuring

    /// Rounds, until the time is over.
    ///
    /// - Throws: `DiskError`, `LogError`, `CalibrationError`, or `Calibrator.Stopped`.
    func measure() throws {
        let strategies = try offered()
        let machine: [Task] = [.loopback, .memory, .disk]
        let tasks = machine + strategies.map { .strategy($0) }
        let standard: Task? = strategies.contains(.recycledFdatasync) ? .strategy(.recycledFdatasync) : nil
        let plan = RoundPlan(
            necessary: machine + (standard.map { [$0] } ?? []),
            first: standard,
            all: tasks,
            roundsNeeded: Calibration.roundsNeeded
        )
        let turnSeconds = options.seconds / (Self.roundsWanted * Double(tasks.count))
        // The rest is for removing the files.
        let limit = options.seconds * 0.97
        var longest: [Task: Double] = [:]
        var round = 1
        while true {
            var isAnythingDone = false
            for task in plan.tasks(round: round) {
                if stop.isSet { throw Calibrator.Stopped() }
                // A turn that was never made takes as long as the longest of the others, for all that is known.
                let expected = longest[task] ?? longest.filter { !machine.contains($0.key) }.values.max() ?? 0
                guard plan.isNecessary(round: round) || elapsed + expected < limit else { continue }
                progress(min(1, elapsed / options.seconds), "round \(round), \(label(task))")
                try neighbours.waitUntilQuiet()
                let before = elapsed
                try carryOut(task, seconds: turnSeconds)
                longest[task] = max(longest[task] ?? 0, elapsed - before)
                isAnythingDone = true
            }
            if !isAnythingDone, !plan.isOpening(round) { break }
            round += 1
        }
        neighbours.look()
        if stop.isSet { throw Calibrator.Stopped() }
        for strategy in strategies where floors[strategy] == nil {
            skipped.append(Calibration.Skipped(strategy: strategy.label, reason: Calibration.noTime))
        }
    }

    private func label(_ task: Task) -> String {
        switch task {
        case .strategy(let strategy): strategy.label
        case .loopback: "loopback"
        case .memory: "checksum and copy"
        case .disk: "disk throughput"
        }
    }

    private func offered() throws -> [SyncStrategy] {
        var offered: [SyncStrategy] = []
        for strategy in options.strategies {
            if stop.isSet { throw Calibrator.Stopped() }
            progress(0, "trying \(strategy.label)")
            if let objection = try disk.objection(to: strategy, in: options.folder) {
                skipped.append(Calibration.Skipped(strategy: strategy.label, reason: objection))
            } else {
                offered.append(strategy)
            }
        }
        return offered
    }

    private func carryOut(_ task: Task, seconds: Double) throws {
        switch task {
        case .strategy(let strategy): try takeTurn(strategy, seconds: seconds)
        case .loopback:
            let pair = try LoopbackPair()
            roundTrips.add(try pair.roundTrips(nanoseconds: Stopwatch.nanoseconds(seconds / 2), stop: stop))
            loopbackRates.append(
                try LoopbackPair().throughput(nanoseconds: Stopwatch.nanoseconds(seconds / 2), stop: stop)
            )
        case .memory:
            checksumRates.append(MemorySpeed.checksum(nanoseconds: Stopwatch.nanoseconds(seconds / 4)))
            copyRates.append(MemorySpeed.copy(nanoseconds: Stopwatch.nanoseconds(seconds / 4)))
        case .disk:
            let file = try throughput ?? DiskThroughput(path: options.folder + "/throughput")
            throughput = file
            diskRates.append(try file.bytesPerSecond())
        }
    }

    /// A third of the turn is for what is not measured: preparing segments and encoding groups.
    private func takeTurn(_ strategy: SyncStrategy, seconds: Double) throws {
        let isRecycled = strategy.allocation == .recycled
        turns += 1
        // Recycled segments pass from turn to turn, whatever the method: they are what a log in steady use has.
        let name = isRecycled ? "recycled" : "turn-\(turns)"
        let folders = (1...options.files).map { "\(options.folder)/\(name)-\($0)" }
        defer { if !isRecycled { remove(folders) } }
        let turn = StrategyTurn(
            strategy: strategy,
            folders: folders,
            nanoseconds: Stopwatch.nanoseconds(seconds / 6),
            stop: stop
        )
        neighbours.beginTurn()
        defer { neighbours.endTurn(of: strategy) }
        for (cell, figures) in try turn.run() { floors[strategy, default: [:]][cell, default: Series()].add(figures) }
    }

    /// The journal's work for it, and the device's (discard), must not fall on the next turn. What cannot be removed
    /// here is left to the owner of the folder.
    private func remove(_ folders: [String]) {
        for folder in folders { try? FileManager.default.removeItem(atPath: folder) }
        try? disk.syncDirectory(options.folder)
    }

    // MARK: The result

    func result(device: StorageDevice, freeBytes: Int?) -> Calibration {
        var calibration = Calibration(
            madeAt: Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down)),
            device: device,
            environment: .current(dataPath: options.folder),
            freeBytes: freeBytes,
            files: options.files,
            floors: options.strategies.flatMap { floors(of: $0) },
            skipped: skipped,
            loopback: Calibration.Loopback(
                messageBytes: LoopbackPair.messageBytes,
                p50Microseconds: roundTrips.p50.median,
                p99Microseconds: roundTrips.p99.median,
                writeBytes: LoopbackPair.writeBytes,
                bytesPerSecond: loopbackRates.median
            ),
            diskBytesPerSecond: diskRates.median,
            checksumBytesPerSecond: checksumRates.median,
            copyBytesPerSecond: copyRates.median,
            foreignShare: neighbours.all?.share,
            stealShare: neighbours.all?.steal
        )
        calibration.loopback.p50Limits = roundTrips.p50.limits
        calibration.loopback.p99Limits = roundTrips.p99.limits
        calibration.loopback.bytesLimits = loopbackRates.limits
        calibration.diskLimits = diskRates.limits
        calibration.checksumLimits = checksumRates.limits
        calibration.copyLimits = copyRates.limits
        return calibration
    }

    private func floors(of strategy: SyncStrategy) -> [Calibration.Floor] {
        let load = neighbours.load(of: strategy)
        let cells = (floors[strategy] ?? [:]).sorted { ($0.key.files, $0.key.bytes) < ($1.key.files, $1.key.bytes) }
        return cells.map { cell, series in
            var floor = Calibration.Floor(
                strategy: strategy.label,
                isDurable: strategy.method.waitsForDurability,
                bytes: cell.bytes,
                files: cell.files,
                syncsPerSecond: series.rates.median,
                p50Microseconds: series.p50.median,
                p99Microseconds: series.p99.median,
                samples: series.samples,
                rounds: series.rates.count,
                spread: series.rates.spread,
                foreignShare: load?.share,
                stealShare: load?.steal
            )
            floor.syncsLimits = series.rates.limits
            floor.p50Limits = series.p50.limits
            floor.p99Limits = series.p99.limits
            return floor
        }
    }
}
