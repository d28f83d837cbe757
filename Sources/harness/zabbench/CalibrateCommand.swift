import ArgumentParser
import Bench
import CPlatform
import Calibrations
import Foundation
import Log
import Measure
import Report
import Results
import Targets

struct CalibrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "Measures what this disk, the loopback and one core can do at best.",
        discussion: """
            Every sync method on every allocation that makes sense, with groups of 4 KiB and 64 KiB, in one log and in \
            several at once: with the log that serves, not a stand-in. What the kernel or the file system does not offer \
            is said and skipped.

            zabbench calibrate                                  the disk of the current folder
            zabbench calibrate --data /srv/disk                 another one
            zabbench calibrate --strategies fdatasync_recycled,o_direct_dsync_recycled

            The result is kept for the device, in $XDG_CACHE_HOME/zabbench or ~/.cache/zabbench, and later tables show \
            latencies as multiples of it and throughputs as shares of it. Ctrl-C removes all files. Measure on a quiet \
            machine.

            \(ExitStatus.help([.pass, .failed, .usage, .interrupted], [.failed: "the machine refuses"]))
            """
    )

    @Option(help: "A folder on the disk to be measured; calibrate removes its own files at the end.")
    var data = DataFolder.defaultRoot

    @Option(help: "How many logs at once, beside one alone.")
    var files = 3

    @Option(help: "How long all of it may take, at most \(Int(Calibrator.Options.secondsMax)).")
    var seconds = 40.0

    @Flag(help: "Prints one JSON document instead of the table.")
    var json = false

    @Option(
        help: ArgumentHelp(
            "Only these, as fdatasync_recycled,fsync_append; the kept figures of the others stay.",
            valueName: "a,b"
        )
    )
    var strategies: String?

    @Flag(help: "Does not keep the result.")
    var noCache = false

    /// Of all processors: the kernel's own work for the disk stays below it.
    private static let foreignShareMax = 0.25

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        let folder: DataFolder
        let chosen: [SyncStrategy]
        do {
            chosen = try chosenStrategies()
            try check()
            let janitor = try JanitorLink(executable: ZabbenchProgram.path())
            let started = Timestamp(unixNanoseconds: zb_unix_nanoseconds())
            folder = try DataFolder(
                root: data,
                name: "\(started.compact)-calibrate",
                keep: false,
                janitor: janitor
            )
        } catch {
            // One line; the usage text of the parser would hide it.
            throw Output.refuse(error)
        }
        let calibrator = Calibrator(
            Calibrator.Options(folder: folder.path, strategies: chosen, files: files, seconds: seconds)
        )
        let interruption = Interruption(saying: "Interrupted: removing the files; once more to leave at once.") {
            calibrator.stop()
        }
        let progress = ProgressLine()
        progress.line(
            "Calibrating the disk of \(data): \(chosen.count) strategies, \(files == 1 ? "1 file" : "1 and \(files) files"), "
                + "up to \(ConsoleTable.threeDigits(seconds)) s and \(Calibrator.bytesNeeded(files: files) >> 20) MiB."
        )
        let load = ForeignLoad()
        let result = await measure(with: calibrator, progress)
        progress.clear()
        let foreignShare = load.share ?? 0
        // The janitor removes the files, as it does however this process ends.
        await folder.finish()
        interruption.end()
        switch result {
        case .success(let calibration):
            if foreignShare > Self.foreignShareMax {
                progress.line(
                    "Others used \(ConsoleTable.threeDigits(foreignShare * 100)) % of the processors meanwhile: these figures "
                        + "are theirs too; run it again when the machine is quiet."
                )
            }
            try finish(calibration, progress)
        case .failure(is Calibrator.Stopped): throw ExitCode(.interrupted)
        case .failure(let error): throw Output.refuse(error)
        }
    }

    /// On a thread of its own, which it keeps busy to the end.
    private func measure(
        with calibrator: Calibrator,
        _ progress: ProgressLine
    ) async -> Result<Calibration, any Error> {
        let seconds = max(1, Int(seconds))
        return await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let result = Result {
                    try calibrator.run { share, text in
                        let second = min(seconds, Int(share * Double(seconds)) + 1)
                        let fraction = share * Double(seconds) - Double(second - 1)
                        progress.show(run: second, of: seconds, fraction: fraction, text: "s, \(text)")
                    }
                }
                continuation.resume(returning: result)
            }
        }
    }

    private func finish(_ calibration: Calibration, _ progress: ProgressLine) throws {
        if calibration.environment.buildConfiguration != "release" {
            progress.line(
                "This is a debug build: checksums and the log are slower than what is measured with make bench."
            )
        }
        let output = BufferedOutput()
        if json {
            output.text(String(decoding: try Calibration.encoder.encode(calibration), as: UTF8.self) + "\n")
        } else {
            output.text(CalibrationTable.text(calibration))
        }
        if !noCache {
            let cache = CalibrationCache()
            do {
                // One that cannot be used is replaced, so nothing need be said of it.
                let older = cache.load(forDirectory: data) { _ in }
                let kept = try cache.store(older.map { calibration.keeping($0) } ?? calibration)
                if !json { output.line("Kept for later tables: \(kept)") }
            } catch {
                progress.line("zabbench: \(cache.folder): not kept: \(error.localizedDescription)")
            }
        }
        try output.finish()
    }

    // MARK: What was asked for

    private func check() throws {
        if data.isEmpty { throw ValidationError("--data is empty; name a folder") }
        guard (1...Calibrator.Options.filesMax).contains(files) else {
            throw ValidationError("--files \(files): from 1 to \(Calibrator.Options.filesMax)")
        }
        guard seconds >= 1, seconds <= Calibrator.Options.secondsMax else {
            throw ValidationError("--seconds \(seconds): from 1 to \(Int(Calibrator.Options.secondsMax))")
        }
    }

    private func chosenStrategies() throws -> [SyncStrategy] {
        guard let strategies else { return SyncStrategy.all() }
        var chosen: [SyncStrategy] = []
        for label in strategies.split(separator: ",", omittingEmptySubsequences: false) {
            do throws(StrategyError) {
                let strategy = try SyncStrategy(label: String(label))
                if !chosen.contains(strategy) { chosen.append(strategy) }
            } catch {
                throw ValidationError("--strategies: \(error)")
            }
        }
        return chosen
    }
}
