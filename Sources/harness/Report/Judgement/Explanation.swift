import Foundation
import Measure
import Results

/// What limited each load of a results folder and what would help most, from its files alone.
public struct Explanation: Sendable, Encodable {
    /// One load on one ensemble.
    public struct Paragraph: Sendable, Encodable {
        public var system: String
        public var ensembleSize: Int
        public var load: String
        public var runs: Int
        public var validRuns: Int
        /// What limited it, as a sentence names it.
        public var cause: String
        /// The server that is meant, where it is one.
        public var server: Int?
        /// What was used up, as `Limiter` says it; nil where the files do not say.
        public var limiter: String?
        public var help: String
        /// A follower whose link is slower than the others', and whether the quorum waits for it.
        public var slowLink: Int?
        public var quorumWaitsForSlowLink: Bool?
        /// A follower whose disk is slower than the others'.
        public var slowDisk: Int?
        public var text: String
    }

    public var paragraphs: [Paragraph]
    /// How loads scale with the size, a sentence each.
    public var scaling: [String]
    /// What elections.csv holds; nil where there was no fault.
    public var elections: String?

    public init(_ results: StoredResults) {
        paragraphs = HTMLReport.groups(results.runs).map { group in
            Self.paragraph(RunFacts(group.point, log: group.log, results: results))
        }
        scaling = ScalingWords.sentences(ScalingStudy.rows(results.runs, folder: ""))
        elections =
            results.faults.isEmpty
            ? nil : "\(results.faults.count) faults were made on purpose; elections.csv says how long each took."
    }

    /// Reads a results folder.
    ///
    /// - Throws: `ExplanationError` where its summary.csv is missing or holds no run, `ResultsFileError`.
    public init(_ folder: ResultsFolder) throws {
        self.init(try StoredResults(folder))
        guard !paragraphs.isEmpty else { throw ExplanationError(folder: folder.url.path) }
    }

    /// A paragraph each, with an empty line between them.
    public var text: String {
        let parts = paragraphs.map(\.text) + scaling + (elections.map { [$0] } ?? [])
        return parts.map { $0 + "\n" }.joined(separator: "\n")
    }

    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }

    private static func paragraph(_ facts: RunFacts) -> Paragraph {
        let cause = Cause(facts)
        var sentences = [head(facts), limit(cause, facts)]
        if let times = ledger(facts) { sentences.append(times) }
        if let slow = facts.slowLink { sentences.append(link(slow, facts)) }
        if let slow = facts.slowDisk { sentences.append(disk(slow, facts)) }
        if case .machine = cause.subject, let busy = busiest(facts) { sentences.append(busy) }
        if facts.disturbedRuns > 0, cause.subject != .others {
            sentences.append(
                "Others had \(Limiter.percent(ForeignLoad.bound)) of the processors or more in "
                    + "\(facts.disturbedRuns) of \(facts.validRuns > 0 ? facts.validRuns : facts.runs) runs, so their "
                    + "figures are the neighbours' as well."
            )
        }
        if facts.isMachineLimited {
            sentences.append(
                "There are more servers than cores (\(facts.size) on \(facts.limits.cores)), so this measures the machine "
                    + "as much as the servers."
            )
        }
        sentences.append("What would help most: \(cause.help).")
        let server: Int? =
            switch cause.subject {
            case .link(let id), .disk(let id): id
            default: nil
            }
        return Paragraph(
            system: facts.system,
            ensembleSize: facts.size,
            load: facts.load,
            runs: facts.runs,
            validRuns: facts.validRuns,
            cause: cause.words,
            server: server,
            limiter: facts.limiter?.rawValue,
            help: cause.help,
            slowLink: facts.slowLink?.serverID,
            quorumWaitsForSlowLink: facts.slowLink?.isAwaited,
            slowDisk: facts.slowDisk?.serverID,
            text: sentences.joined(separator: " ")
        )
    }

    /// Where nothing is used up, what the time goes to is the answer.
    private static func limit(_ cause: Cause, _ facts: RunFacts) -> String {
        switch facts.limiter {
        case .latency where cause.because != facts.limiterEvidence,
            .offeredRate where cause.because != facts.limiterEvidence:
            "Nothing was used up (\(Limiter.unused(facts.limits))), so its latency is what counts, and that is mostly "
                + "\(cause.words): \(cause.because)."
        case _ where cause.subject == .unknown:
            facts.limiter == nil
                ? "What limited it cannot be told: \(cause.because)."
                : "Nothing that the files show was used up (\(Limiter.unused(facts.limits))); where the time of a write goes "
                    + "they do not say."
        default: "It was limited by \(cause.words): \(cause.because)."
        }
    }

    private static func head(_ facts: RunFacts) -> String {
        let name = "\(facts.system), \(facts.size) \(facts.size == 1 ? "server" : "servers"), \(facts.load)"
        guard facts.validRuns > 0 else {
            return "\(name): none of \(facts.runs) runs is a result (\(facts.invalidReasons.joined(separator: "; "))); "
                + "what they show all the same:"
        }
        func figure(_ figure: LoadFigure, _ unit: String = "") -> String? {
            PointFigure(facts.point, figure).map { $0.error.beside($0.text + unit, figure.text) }
        }
        let runs =
            facts.validRuns == 1
            ? "one run of \(FigureNotes.windows(facts.point.rows)): how far repeats would lie apart is not known"
            : "medians of \(facts.validRuns) runs, ±: their 95 % intervals"
        return "\(name): \(figure(.achieved, " operations/s") ?? "no rate"), p50 \(figure(.responseP50) ?? "-"), "
            + "p99 \(figure(.responseP99) ?? "-") (\(runs))."
    }

    /// The three largest stages, and the rest.
    private static func ledger(_ facts: RunFacts) -> String? {
        let largest = facts.shares.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(3)
        guard !largest.isEmpty else { return nil }
        let parts = largest.map { stage, _ in
            "\(stage) \(latency(facts.microseconds[stage], facts.microsecondErrors[stage])) (\(facts.shareInWords([stage])))"
        }
        let rest = facts.restShare.map { share in
            abs(share) <= StageRow.restShare
                ? "; \(Limiter.percent(share, facts.restError)) of the measured p50 is left over"
                : "; \(Limiter.percent(share, facts.restError)) of the measured p50 is left over, which is too much to rely on these figures"
        }
        return "The largest stages of a write at p50: \(parts.joined(separator: ", "))\(rest ?? "")."
    }

    private static func latency(_ microseconds: Double?, _ error: FigureError?) -> String {
        let text = ConsoleTable.latency(microseconds: microseconds)
        return error?.beside(text) { ConsoleTable.latency(microseconds: $0) } ?? text
    }

    private static func link(_ slow: RunFacts.Follower, _ facts: RunFacts) -> String {
        let own = latency(slow.link, slow.linkError)
        let next = facts.next(to: slow) { $0.link }
        let others = latency(next?.time, next?.follower.linkError)
        return "The link of server \(slow.serverID) is slow: \(own) there and back, at most \(others) on the others. "
            + waiting(slow)
    }

    private static func disk(_ slow: RunFacts.Follower, _ facts: RunFacts) -> String {
        let own = latency(slow.sync, slow.syncError)
        let next = facts.next(to: slow) { $0.sync }
        let others = latency(next?.time, next?.follower.syncError)
        return
            "The disk of server \(slow.serverID) is slow: \(own) for a sync, at most \(others) on the other followers. "
            + waiting(slow)
    }

    private static func waiting(_ slow: RunFacts.Follower) -> String {
        guard let share = slow.ackBeforeCommit, let isAwaited = slow.isAwaited else {
            return "Whether the quorum waits for it the files do not say."
        }
        return (isAwaited ? "The quorum waits for it: " : "The quorum does not wait for it: ")
            + "its acknowledgement came no later than the commit in \(Limiter.percent(share, slow.ackError)) of the batches."
    }

    private static func busiest(_ facts: RunFacts) -> String? {
        guard let most = facts.busyCoresByServer.max(by: { $0.cores < $1.cores }) else { return nil }
        return
            "Of the servers, server \(most.serverID) took most: \(most.error?.absolute(most.cores) ?? ConsoleTable.threeDigits(most.cores)) cores."
    }
}

/// Nothing to explain; one line for the user.
public struct ExplanationError: Error, CustomStringConvertible, Equatable {
    public var folder: String

    public init(folder: String) { self.folder = folder }

    public var description: String {
        "\(folder): its summary.csv is missing or holds no run; name a results folder, results/latest for instance"
    }
}
