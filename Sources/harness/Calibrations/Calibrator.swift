import Log
import Measure

/// Measures what a disk, the loopback and one core can do at best.
///
/// Everything is measured in short rounds, each over all strategies in a new shuffled order, until the time is over; a
/// figure is the median over the rounds. So a noisy second falls on some rounds of many strategies, and on no result.
public final class Calibrator: Sendable {
    public struct Options: Sendable {
        /// An empty folder on the disk that is to be measured. Its owner removes it.
        public var folder: String
        public var strategies: [SyncStrategy]
        /// How many files at once, beside 1.
        public var files: Int
        /// Of the whole measurement, at most.
        public var seconds: Double
        /// How long it may wait, in all, for others to be quiet before a turn; nil not to wait. That time is not of
        /// `seconds`.
        public var quiet: QuietWait?

        public static let secondsMax = 60.0
        public static let filesMax = 16

        public init(folder: String, strategies: [SyncStrategy], files: Int, seconds: Double) {
            self.folder = folder
            self.strategies = strategies
            self.files = files
            self.seconds = seconds
        }
    }

    /// A stop was asked for; there is no result.
    public struct Stopped: Error { public init() {} }

    private let options: Options
    private let stopFlag = StopFlag()

    public init(_ options: Options) { self.options = options }

    /// Makes `run` end soon, on whichever thread.
    public func stop() { stopFlag.set() }

    /// What it needs of the disk at most: two recycled segments and a live one a file, kept over all rounds, one more
    /// for the strategy at hand, and the file of the throughput.
    public static func bytesNeeded(files: Int) -> Int {
        files * 4 * StrategyTurn.segmentSize + DiskThroughput.fileBytes
    }

    /// Called on the thread that may be kept busy to the end.
    ///
    /// - Parameters:
    ///   - say: gets a line that is to stay.
    ///   - progress: how far it is, from 0 to 1, and what it is at.
    /// - Throws: `CalibrationError` in one line, or `Stopped`.
    public func run(
        say: @escaping (String) -> Void = { _ in },
        progress: @escaping (Double, String) -> Void
    ) throws -> Calibration {
        let begin = Stopwatch.now
        guard let device = StorageDevice(path: options.folder) else {
            throw CalibrationError(
                "no entry for \(options.folder) in /proc/self/mountinfo; is /proc mounted?"
            )
        }
        let freeBytes = StorageDevice.freeBytes(path: options.folder)
        let needed = Self.bytesNeeded(files: options.files)
        if let freeBytes, freeBytes < needed {
            throw CalibrationError(
                "\(options.folder): a calibration needs \(needed >> 20) MiB for its files, but only \(freeBytes >> 20) MiB are "
                    + "free: free some space, give fewer --files, or choose another disk with --data"
            )
        }
        let run = CalibrationRun(options, begin: begin, stop: stopFlag, say: say, progress: progress)
        do {
            try run.measure()
        } catch let error as LogError {
            throw CalibrationError(error, in: options.folder)
        } catch let error as DiskError {
            throw CalibrationError(error, in: options.folder)
        }
        return run.result(device: device, freeBytes: freeBytes)
    }
}
