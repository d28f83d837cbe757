import Foundation
import Log
import Report
import Results
import Simulator

/// Verdicts that `zabbench verdict --json` has written to a file: what documents quote.
public struct StoredVerdicts: Sendable {
    /// As the user named it.
    public let path: String
    public let verdicts: [DurabilityVerdict]

    /// - Throws: `UsageError` if there is no such file, or it holds something else.
    public init(path: String) throws(UsageError) {
        guard !path.isEmpty else { throw UsageError("a file's name is empty; name what --json has written") }
        let data = try StoredDocument.data(path, madeBy: "zabbench verdict --json --out")
        guard let verdicts = try? VerdictDocument.verdicts(String(decoding: data, as: UTF8.self)), !verdicts.isEmpty
        else { throw UsageError("\(path): not verdicts; name a file that zabbench verdict --json wrote") }
        self.path = path
        self.verdicts = verdicts
    }

    /// Those of some strategies, all of them if none is named.
    ///
    /// - Throws: `UsageError` naming the first that is not there.
    public func verdicts(of strategies: [String]) throws(UsageError) -> [DurabilityVerdict] {
        for label in strategies where !verdicts.contains(where: { $0.strategy == label }) {
            throw UsageError("\(path): it has no verdict on \(label)")
        }
        return verdicts.filter { strategies.isEmpty || strategies.contains($0.strategy) }
    }

    /// The seeds of all of them.
    ///
    /// - Throws: `UsageError` if they are not of the same ones.
    public func seeds() throws(UsageError) -> ClosedRange<UInt64> {
        let seeds = Set(verdicts.map { $0.firstSeed...max($0.firstSeed, $0.lastSeed) })
        guard let first = seeds.first, seeds.count == 1 else {
            throw UsageError("\(path): its verdicts are of different seeds; make it again")
        }
        return first
    }

    /// What was played for them.
    ///
    /// - Throws: `UsageError` for labels that this build does not know.
    public func candidates() throws(UsageError) -> [StrategyTrial.Candidate] {
        var candidates: [StrategyTrial.Candidate] = []
        for verdict in verdicts {
            do {
                let strategy = try SyncStrategy(label: verdict.strategy)
                let policy = try BatchPolicy(label: verdict.batching)
                let commit = try CommitOptions(policy, inFlight: verdict.inFlight, for: strategy)
                candidates.append(StrategyTrial.Candidate(strategy, commit))
            } catch {
                throw UsageError("\(path): \(error); make it again with zabbench verdict --json --out \(path)")
            }
        }
        return candidates
    }

    /// A line for each figure that has become another one.
    public func differences(to played: [DurabilityVerdict]) -> [String] {
        played.flatMap { now -> [String] in
            let name =
                now.batching == "natural" && now.inFlight == 1 ? "" : ", \(now.batching), \(now.inFlight) in flight"
            guard let stored = verdicts.first(where: { Self.isSame($0, now) }) else {
                return ["\(now.strategy)\(name): nothing"]
            }
            return [
                Self.difference("process crash", stored.processCrash, now.processCrash),
                Self.difference("power loss", stored.powerLoss, now.powerLoss),
            ].compactMap { $0.map { "\(now.strategy)\(name), \($0)" } }
        }
    }

    private static func isSame(_ one: DurabilityVerdict, _ other: DurabilityVerdict) -> Bool {
        (one.strategy, one.batching, one.inFlight) == (other.strategy, other.batching, other.inFlight)
            && (one.firstSeed, one.lastSeed) == (other.firstSeed, other.lastSeed)
    }

    /// The counts that documents quote; what a failing run says of itself may change its words.
    private static func difference(
        _ scenario: String,
        _ stored: DurabilityVerdict.Trial,
        _ now: DurabilityVerdict.Trial
    ) -> String? {
        let counts: [(name: String, count: KeyPath<DurabilityVerdict.Trial, Int>)] = [
            ("runs", \.runs), ("crashes", \.crashes), ("acknowledged", \.acknowledged), ("lost", \.lost),
            ("most lost in one run", \.mostLostInOneRun), ("failed runs", \.failedRuns),
        ]
        let changed = counts.filter { stored[keyPath: $0.count] != now[keyPath: $0.count] }
        guard !changed.isEmpty else { return nil }
        let words = changed.map { "\($0.name) \(stored[keyPath: $0.count]), now \(now[keyPath: $0.count])" }
        return "\(scenario): \(words.joined(separator: "; "))"
    }
}
