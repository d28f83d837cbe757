import Foundation
import Results

/// What `zabbench verdict --json` prints: one object a strategy, figures of both trials in it.
public enum VerdictDocument {
    private struct Row: Codable {
        var strategy: String
        var batching: String
        var inFlight: Int
        var survivesProcessCrash: Bool
        var survivesPowerLoss: Bool
        var acknowledged: Int
        var lost: Int
        var firstSeed: UInt64
        var lastSeed: UInt64
        var processCrash: DurabilityVerdict.Trial
        var powerLoss: DurabilityVerdict.Trial

        init(_ verdict: DurabilityVerdict) {
            strategy = verdict.strategy
            batching = verdict.batching
            inFlight = verdict.inFlight
            survivesProcessCrash = verdict.survivesProcessCrash
            survivesPowerLoss = verdict.survivesPowerLoss
            acknowledged = verdict.acknowledged
            lost = verdict.lost
            firstSeed = verdict.firstSeed
            lastSeed = verdict.lastSeed
            processCrash = verdict.processCrash
            powerLoss = verdict.powerLoss
        }
    }

    /// What a document of `text` holds.
    ///
    /// - Throws: `DecodingError` for anything else.
    public static func verdicts(_ text: String) throws -> [DurabilityVerdict] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode([Row].self, from: Data(text.utf8)).map { row in
            DurabilityVerdict(
                strategy: row.strategy,
                batching: row.batching,
                inFlight: row.inFlight,
                firstSeed: row.firstSeed,
                lastSeed: row.lastSeed,
                processCrash: row.processCrash,
                powerLoss: row.powerLoss
            )
        }
    }

    public static func text(_ verdicts: [DurabilityVerdict]) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(verdicts.map(Row.init)), as: UTF8.self)
    }
}
