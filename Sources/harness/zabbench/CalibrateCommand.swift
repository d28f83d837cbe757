import ArgumentParser
import Bench
import Calibrations
import Foundation
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
            zabbench calibrate --json --out disk.json           ... and --from disk.json prints it again

            The result is kept for the device, in $XDG_CACHE_HOME/zabbench or ~/.cache/zabbench, and later tables show \
            latencies as multiples of it and throughputs as shares of it. Kept is what has \(Calibration.roundsNeeded) \
            rounds or more and was not disturbed: others had less than \(Int(ForeignLoad.bound * 100)) % of the \
            processors. So good figures are never replaced by bad ones. The default strategy is measured first. Ctrl-C \
            removes all files.

            \(ExitStatus.help(
                [.pass, .failed, .usage, .interrupted],
                [.failed: "the machine refuses, or nothing could be kept"]
            ))
            """
    )

    @Option(help: "A folder on the disk to be measured; calibrate removes its own files at the end.")
    var data = DataFolder.defaultRoot

    @Option(help: "How many logs at once, beside one alone; 3 by default.")
    var files: Int?

    @Option(help: "How long all of it may take, at most \(Int(Calibrator.Options.secondsMax)); 40 by default.")
    var seconds: Double?

    @Option(
        help: ArgumentHelp(
            "Only these, as fdatasync_recycled,fsync_append; the kept figures of the others stay.",
            valueName: "a,b"
        )
    )
    var strategies: String?

    @Flag(help: "Does not keep the result.")
    var noCache = false

    @Option(
        help: ArgumentHelp("Measures nothing, and prints what --json has written to a file.", valueName: "file"),
        completion: .file(extensions: ["json"])
    )
    var from: String?

    @OptionGroup var quiet: QuietOptions
    @OptionGroup var output: OutputOptions<TableFormat>

    func validate() throws {
        guard from != nil else { return }
        guard strategies == nil, seconds == nil, files == nil, !noCache, data == DataFolder.defaultRoot else {
            throw ValidationError("--from measures nothing; leave what says how to measure out")
        }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        try output.check()
        let progress = ProgressLine()
        do {
            try quiet.check()
            if let from { return try publish(CalibrationStudy.stored(from), keptAt: nil) }
            try say(try await CalibrationStudy(request).measure(progress), progress)
        } catch {
            throw CommandEnd.refuse(error)
        }
    }

    private var request: CalibrationStudy.Request {
        var request = CalibrationStudy.Request()
        request.data = data
        if let files { request.files = files }
        if let seconds { request.seconds = seconds }
        request.strategies = strategies
        request.isKept = !noCache
        request.quiet = quiet.wait
        return request
    }

    private func say(_ outcome: CalibrationStudy.Outcome, _ progress: ProgressLine) throws {
        let calibration = outcome.calibration
        if calibration.environment.buildConfiguration != "release" {
            progress.line(
                "This is a debug build: checksums and the log are slower than what is measured with make bench."
            )
        }
        try publish(calibration, keptAt: outcome.keptAt)
        if outcome.isLost { throw ExitCode(.failed) }
    }

    private func publish(_ calibration: Calibration, keptAt: String?) throws {
        try output.publish { format, _ in
            switch format {
            case .table: CalibrationTable.text(calibration) + (keptAt.map { "Kept for later tables: \($0)\n" } ?? "")
            case .json: String(decoding: try Calibration.encoder.encode(calibration), as: UTF8.self) + "\n"
            }
        }
    }
}
