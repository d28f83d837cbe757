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
        abstract: "Measure the best that this disk, the loopback and one core can do.",
        discussion: """
            Times every sync method with every file allocation that makes sense, in groups \
            of 4 KiB and 64 KiB, in one log and in several at once. It uses the servers' own \
            log code. Methods that the kernel or the file system does not offer are skipped, \
            and named.

            zabbench calibrate                     the disk of the current folder
            zabbench calibrate --data /srv/disk    another disk
            zabbench calibrate --strategies fdatasync_recycled,o_direct_dsync_recycled
            zabbench calibrate --json --out disk.json
            zabbench calibrate --from disk.json    print a stored result again

            The result is stored per device in $XDG_CACHE_HOME/zabbench or ~/.cache/zabbench. \
            Later tables then show latencies as multiples of it and throughputs as shares of \
            it. Only figures from \(Calibration.roundsNeeded) rounds or more are stored, and only if other processes had \
            less than \(Int(ForeignLoad.bound * 100)) % of the processors, so bad figures never replace good ones. Ctrl-C \
            removes all files.

            \(ExitStatus.help(
                [.pass, .failed, .usage, .interrupted],
                [.failed: "the machine refused, or nothing could be stored"]
            ))
            """
    )

    @Option(
        help: "A folder on the disk to measure; calibrate removes its own files at the end.",
        completion: .directory
    )
    var data = DataFolder.defaultRoot

    @Option(help: "How many logs to write at once, besides one alone; 3 by default.")
    var files: Int?

    @Option(help: "Seconds that all of it may take, at most \(Int(Calibrator.Options.secondsMax)); 40 by default.")
    var seconds: Double?

    @Option(
        help: ArgumentHelp(
            "Measure only these (fdatasync_recycled,fsync_append); stored figures of others stay.",
            valueName: "a,b"
        )
    )
    var strategies: String?

    @Flag(help: "Do not store the result.")
    var noCache = false

    @Option(
        help: ArgumentHelp("Measure nothing; print a result stored with --json.", valueName: "file"),
        completion: .file(extensions: ["json"])
    )
    var from: String?

    @OptionGroup var quiet: QuietOptions
    @OptionGroup var silence: SilenceOption
    @OptionGroup var output: OutputOptions<TableFormat>

    func validate() throws {
        guard from != nil else { return }
        guard strategies == nil, seconds == nil, files == nil, !noCache, data == DataFolder.defaultRoot else {
            throw ValidationError("--from measures nothing; remove the options that say how to measure")
        }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        silence.apply()
        try output.check()
        let progress = Diagnostics.progressLine()
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
            progress.warn(
                "this is a debug build: checksums and the log are slower than in a release build (make bench)"
            )
        }
        try publish(calibration, keptAt: outcome.keptAt)
        if outcome.isLost { throw ExitCode(.failed) }
    }

    private func publish(_ calibration: Calibration, keptAt: String?) throws {
        try output.publish { format, display in
            switch format {
            case .table:
                CalibrationTable.text(calibration, on: display)
                    + (keptAt.map { "Kept for later tables: \($0)\n" } ?? "")
            case .json: String(decoding: try Calibration.encoder.encode(calibration), as: UTF8.self) + "\n"
            }
        }
    }
}
