import ArgumentParser
import Measure

/// `--wait-quiet[=SECONDS]`, which `run`, `ab` and `calibrate` are told alike.
struct QuietOptions: ParsableArguments {
    static let name = "--wait-quiet"

    @Option(
        name: .customLong("wait-quiet"),
        help: ArgumentHelp(
            "Wait until other processes have less than \(Int(ForeignLoad.bound * 100)) % of the processors, at most this long.",
            discussion: """
                Before each run, each pair of ab, or each turn of calibrate (there in total). \
                \(Int(QuietWait.usualSeconds)) s without a number. After that it continues, with a warning.
                """,
            valueName: "seconds"
        )
    )
    var seconds: Double?

    var wait: QuietWait? { seconds.map(QuietWait.init(seconds:)) }

    /// - Throws: `ValidationError` for a time that is none.
    func check() throws {
        guard let seconds else { return }
        guard (1...QuietWait.secondsMax).contains(seconds) else {
            throw ValidationError("\(Self.name) \(seconds): from 1 to \(Int(QuietWait.secondsMax)) seconds")
        }
    }

    /// The parser knows no option whose value may be left out without it taking the next word, a workload's name for
    /// instance, for its value. So the usual one is written out where no number follows.
    static func spelledOut(_ arguments: [String]) -> [String] {
        var spelled: [String] = []
        for (place, argument) in arguments.enumerated() {
            let next = place + 1 < arguments.count ? arguments[place + 1] : ""
            let isBare = argument == name && Double(next) == nil && !spelled.contains("--")
            spelled.append(isBare ? "\(name)=\(Int(QuietWait.usualSeconds))" : argument)
        }
        return spelled
    }
}
