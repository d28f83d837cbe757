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

        // What the table shows of it; no part of the document.
        var point = LoadPointSummary(key: LoadKey(SummaryRow()), rows: [])
        /// `disk sync`, `latency: disk sync`, `not known`.
        var limiterInWords = ""
        /// The figures that show it, in a few words.
        var evidence = ""
        /// `sync 57.1 %`; nil where nothing was traced.
        var largestStage: String?
        var helpInShort = ""
        /// Sentences about a slow link or disk.
        var slowness: [String] = []
        var disturbedRuns = 0
        var isMachineLimited = false

        private enum CodingKeys: String, CodingKey {
            case system, ensembleSize, load, runs, validRuns, cause, server, limiter, help, slowLink
            case quorumWaitsForSlowLink, slowDisk, text
        }
    }

    public var paragraphs: [Paragraph]
    /// How loads scale with the size, a sentence each.
    public var scaling: [String]
    /// What elections.csv holds; nil where there was no fault.
    public var elections: String?
    /// Of the machine.
    let cores: Int

    /// Begins the limiter's words where nothing was used up and latency decides.
    static let waitingFor = "latency: "

    private enum CodingKeys: String, CodingKey { case paragraphs, scaling, elections }

    public init(_ results: StoredResults) {
        cores = results.runs.first?.context.cores ?? 0
        paragraphs = HTMLReport.groups(results.runs).map { group in
            Self.paragraph(RunFacts(group.point, log: group.log, results: results))
        }
        scaling = ScalingWords.sentences(ScalingStudy.rows(results.runs, folder: ""))
        elections =
            results.faults.isEmpty
            ? nil : "\(Count(results.faults.count, "fault")) made on purpose: elections.csv has the outage of each."
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
        if let times = ledger(facts) ?? ownAccount(facts) { sentences.append(times) }
        if let slow = facts.slowLink { sentences.append(link(slow, facts)) }
        if let slow = facts.slowDisk { sentences.append(disk(slow, facts)) }
        if case .machine = cause.subject, let busy = busiest(facts) { sentences.append(busy) }
        if facts.disturbedRuns > 0, cause.subject != .others {
            sentences.append(
                "Other programs used \(Limiter.percent(ForeignLoad.bound)) of the processors or more in "
                    + "\(facts.disturbedRuns) of \(Count(facts.validRuns > 0 ? facts.validRuns : facts.runs, "run")), which "
                    + "affects these figures."
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
        var paragraph = Paragraph(
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
        paragraph.point = facts.point
        paragraph.limiterInWords = cause.limiterInWords(facts)
        paragraph.evidence = cause.evidence(facts)
        paragraph.helpInShort = cause.helpInShort(facts)
        paragraph.largestStage = facts.shares.max { ($0.value, $1.key) < ($1.value, $0.key) }.map { stage, share in
            "\(stage) \(Cause.percent(share))"
        }
        paragraph.slowness =
            (facts.slowLink.map { [link($0, facts)] } ?? []) + (facts.slowDisk.map { [disk($0, facts)] } ?? [])
        paragraph.disturbedRuns = facts.disturbedRuns
        paragraph.isMachineLimited = facts.isMachineLimited
        return paragraph
    }

    /// Where nothing is used up, what the time goes to is the answer.
    private static func limit(_ cause: Cause, _ facts: RunFacts) -> String {
        switch facts.limiter {
        case .latency where cause.because != facts.limiterEvidence,
            .offeredRate where cause.because != facts.limiterEvidence:
            "No resource was exhausted (\(Limiter.unused(facts.limits))), so latency decides, and that is mostly "
                + "\(cause.words): \(cause.because)."
        case _ where cause.subject == .unknown:
            facts.limiter == nil
                ? "What limited it is not known: \(cause.because)."
                : "No resource in these files was exhausted (\(Limiter.unused(facts.limits))); they do not show where a write's "
                    + "time goes\(silence(facts))."
        default: "It was limited by \(cause.words): \(cause.because)."
        }
    }

    /// What other servers would have to say for it to be seen.
    private static func silence(_ facts: RunFacts) -> String {
        guard !facts.isOurs, !facts.unreported.isEmpty else { return "" }
        return ": \(facts.system) does not report \(facts.unreported.joined(separator: ", nor "))"
    }

    private static func head(_ facts: RunFacts) -> String {
        let name = "\(facts.system), \(facts.size) \(facts.size == 1 ? "server" : "servers"), \(facts.load)"
        guard facts.validRuns > 0 else {
            return "\(name): none of \(Count(facts.runs, "run")) is a result "
                + "(\(facts.invalidReasons.joined(separator: "; "))); what they show nevertheless:"
        }
        func figure(_ figure: LoadFigure, _ unit: String = "") -> String? {
            PointFigure(facts.point, figure).map { $0.error.beside($0.text + unit, figure.text) }
        }
        let runs =
            facts.validRuns == 1
            ? "one run of \(FigureNotes.windows(facts.point.rows)): the spread between runs is unknown"
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
            // Stages that overlap add up to more than the whole: nothing is left to explain.
            guard share >= 0 || share < -StageRow.restShare else {
                return "; together the stages explain all of the measured p50"
            }
            return
                abs(share) <= StageRow.restShare
                ? "; \(Limiter.percent(share, facts.restError)) of the measured p50 is unexplained"
                : "; \(Limiter.percent(share, facts.restError)) of the measured p50 is unexplained, which is too much to rely on these figures"
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
            return "The files do not show whether the quorum waits for it."
        }
        return (isAwaited ? "The quorum waits for it: " : "The quorum does not wait for it: ")
            + "its acknowledgement came no later than the commit in \(Limiter.percent(share, slow.ackError)) of the batches."
    }

    private static func busiest(_ facts: RunFacts) -> String? {
        guard let most = facts.busyCoresByServer.max(by: { $0.cores < $1.cores }) else { return nil }
        return
            "The busiest server was server \(most.serverID), with \(most.error?.absolute(most.cores) ?? ConsoleTable.threeDigits(most.cores)) cores."
    }
}

/// Nothing to explain; one line for the user.
public struct ExplanationError: Error, CustomStringConvertible, Equatable {
    public let description: String

    public init(folder: String) { description = RunlessFolder.words(folder) }
}
