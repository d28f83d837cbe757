import CPlatform
import Calibrations
import Foundation
import Log
import Measure
import Report
import Results
import Targets

/// One calibration: its files, its thread, its end, and what is kept of it.
public struct CalibrationStudy: Sendable {
    /// What a user asks of `zabbench calibrate`.
    public struct Request: Sendable {
        /// A folder on the disk to be measured.
        public var data = DataFolder.defaultRoot
        /// How many logs at once, beside one alone.
        public var files = 3
        /// How long all of it may take.
        public var seconds = 40.0
        /// Labels, with commas between; nil for all.
        public var strategies: String?
        /// Whether the result goes to the cache.
        public var isKept = true
        /// How long each turn waits for others to be quiet; nil not at all.
        public var quiet: QuietWait?

        public init() {}
    }

    public struct Outcome: Sendable {
        public var calibration: Calibration
        /// The cache's file, if the result, or some of it, went there.
        public var keptAt: String?
        /// Whether it was to be kept, and nothing of it could be.
        public var isLost = false
    }

    private let request: Request
    private let strategies: [SyncStrategy]

    /// - Throws: `UsageError`.
    public init(_ request: Request) throws(UsageError) {
        self.request = request
        strategies = try Self.strategies(request.strategies)
        if request.data.isEmpty { throw UsageError("--data is empty; name a folder") }
        guard (1...Calibrator.Options.filesMax).contains(request.files) else {
            throw UsageError("--files \(request.files): from 1 to \(Calibrator.Options.filesMax)")
        }
        guard request.seconds >= 1, request.seconds <= Calibrator.Options.secondsMax else {
            throw UsageError("--seconds \(request.seconds): from 1 to \(Int(Calibrator.Options.secondsMax))")
        }
    }

    /// What `zabbench calibrate --json` has written to a file.
    ///
    /// - Throws: `UsageError` if there is no such file, or it holds something else.
    public static func stored(_ path: String) throws(UsageError) -> Calibration {
        guard !path.isEmpty else { throw UsageError("a file's name is empty; name what --json has written") }
        let data = try StoredDocument.data(path, madeBy: "zabbench calibrate --json --out")
        guard let calibration = try? Calibration.decoder.decode(Calibration.self, from: data), calibration.isSound
        else { throw UsageError("\(path): not a calibration; name a file that zabbench calibrate --json wrote") }
        return calibration
    }

    private static func strategies(_ text: String?) throws(UsageError) -> [SyncStrategy] {
        guard let text else { return SyncStrategy.all() }
        var chosen: [SyncStrategy] = []
        for label in text.split(separator: ",", omittingEmptySubsequences: false) {
            do throws(StrategyError) {
                let strategy = try SyncStrategy(label: String(label))
                if !chosen.contains(strategy) { chosen.append(strategy) }
            } catch {
                throw UsageError("--strategies: \(error)")
            }
        }
        return chosen
    }

    /// Measures, and keeps the result. Ctrl-C ends it, and whatever ends it, its files are removed.
    ///
    /// - Throws: `ExplainedEnd` after Ctrl-C; `TargetError`, `DiskError` where the machine refuses.
    public func measure(_ progress: ProgressLine) async throws -> Outcome {
        let started = Timestamp(unixNanoseconds: zb_unix_nanoseconds())
        let folder = try DataFolder(
            root: request.data,
            name: "\(started.compact)-calibrate",
            keep: false,
            janitor: try JanitorLink(executable: ZabbenchProgram.path())
        )
        var options = Calibrator.Options(
            folder: folder.path,
            strategies: strategies,
            files: request.files,
            seconds: request.seconds
        )
        options.quiet = request.quiet
        let calibrator = Calibrator(options)
        let interruption = Interruption(saying: "Interrupted: removing the files; once more to leave at once.") {
            calibrator.stop()
        }
        let files = request.files
        progress.line(
            "Calibrating the disk of \(request.data): \(Count(strategies.count, "strategy", "strategies")), "
                + "\(files == 1 ? "1 file" : "1 and \(files) files"), "
                + "up to \(ConsoleTable.threeDigits(request.seconds)) s and \(Calibrator.bytesNeeded(files: files) >> 20) MiB."
        )
        let result = await run(calibrator, progress)
        progress.clear()
        // The janitor removes the files, as it does however this process ends.
        await folder.finish()
        interruption.end()
        switch result {
        case .success(let calibration):
            let place = request.isKept ? keep(calibration, progress) : nil
            return Outcome(calibration: calibration, keptAt: place, isLost: request.isKept && place == nil)
        case .failure(is Calibrator.Stopped): throw ExplainedEnd(.interrupted)
        case .failure(let error): throw error
        }
    }

    /// On a thread of its own, which it keeps busy to the end.
    private func run(_ calibrator: Calibrator, _ progress: ProgressLine) async -> Result<Calibration, any Error> {
        let seconds = max(1, Int(request.seconds))
        return await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let result = Result {
                    try calibrator.run(say: progress.line) { share, text in
                        let second = min(seconds, Int(share * Double(seconds)) + 1)
                        let fraction = share * Double(seconds) - Double(second - 1)
                        progress.show(run: second, of: seconds, fraction: fraction, text: "s, \(text)")
                    }
                }
                continuation.resume(returning: result)
            }
        }
    }

    /// Keeps what is worth it, and says what is not and why.
    ///
    /// - Returns: the cache's file; nil where nothing is kept.
    private func keep(_ calibration: Calibration, _ progress: ProgressLine) -> String? {
        let cache = CalibrationCache()
        // One that cannot be used is replaced, so nothing need be said of it.
        let older = cache.load(forDirectory: request.data) { _ in }
        let kept = calibration.kept(over: older)
        guard let result = kept.calibration else {
            let why =
                kept.refused.first.map { $0.objection.words }
                ?? "no strategy has figures: name one that this machine offers, or give more --seconds"
            let stays = older.map { "; the figures of \($0.madeAt.formatted(.iso8601)) stay" } ?? ""
            progress.warn("not kept: \(why)\(stays)")
            return nil
        }
        for refusal in kept.refused { progress.warn(Self.line(refusal)) }
        do {
            return try cache.store(result)
        } catch {
            progress.warn(
                "\(cache.folder): not stored: \(SystemReason.words(of: error, or: "set XDG_CACHE_HOME to a folder of yours"))"
            )
            return nil
        }
    }

    private static func line(_ refusal: Calibration.Refusal) -> String {
        let more = refusal.strategies.count - 3
        let names = refusal.strategies.prefix(3).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
        return "not kept: \(names): \(refusal.objection.words)"
    }
}
