import Foundation
import Results
import Testing

@testable import Report

@Suite struct VerdictTableTests {
    private func trial(lost: Int, failed: Int, example: String? = nil) -> DurabilityVerdict.Trial {
        DurabilityVerdict.Trial(
            runs: 24,
            crashes: 300,
            acknowledged: 5000,
            lost: lost,
            mostLostInOneRun: lost,
            failedRuns: failed,
            runsWithoutEnd: 0,
            exampleCommand: example
        )
    }

    private func verdict(_ name: String, _ killed: DurabilityVerdict.Trial, _ cut: DurabilityVerdict.Trial)
        -> DurabilityVerdict
    {
        DurabilityVerdict(
            strategy: name,
            batching: "count_32",
            inFlight: 4,
            firstSeed: 1,
            lastSeed: 24,
            processCrash: killed,
            powerLoss: cut
        )
    }

    @Test func whoLosesIsRedAndSaysWhat() {
        let whole = trial(lost: 0, failed: 0)
        let lossy = trial(lost: 1234, failed: 3, example: "zabbench simulate --replay 2")
        let verdicts = [verdict("safe_append", whole, whole), verdict("none_append", whole, lossy)]
        let lines = VerdictTable(verdicts).text(on: Display(columns: nil, isColoured: true)).split(separator: "\n").map(
            String.init
        )
        #expect(lines.count > 4 && lines[4].hasPrefix("Seeds 1 to 24: 96 runs"))
        #expect(lines[2].split(separator: " ").prefix(2) == ["safe_append", "survives"])
        #expect(lines[2].contains("survives") && lines[2].contains("10,000"))
        #expect(lines[3].hasPrefix("\u{1b}[31mnone_append") && lines[3].hasSuffix("\u{1b}[0m"))
        #expect(lines[3].contains("loses in 3 of 24 runs") && lines[3].contains("1,234"))
        // A command to copy is never cut or wrapped.
        #expect(lines.suffix(2) == ["To play a loss again:", "  zabbench simulate --replay 2"])
        #expect(VerdictTable(verdicts).text(on: Display(columns: 30)).hasSuffix("\n  zabbench simulate --replay 2\n"))
        #expect(!VerdictTable(verdicts).text(on: .wide).contains("\u{1b}"))
    }

    /// A run may fail without a lost write, and a trial that tried nothing proves nothing.
    @Test func whatDidNotFailMustHaveBeenTried() {
        var idle = trial(lost: 0, failed: 0)
        idle.crashes = 0
        #expect(!idle.survives && VerdictTable.word(idle) == "not tried")
        #expect(VerdictTable.word(trial(lost: 0, failed: 2)) == "fails in 2 of 24 runs")
        #expect(!verdict("a", idle, trial(lost: 0, failed: 0)).losesNothing)
    }

    @Test func aVerdictIsReadBackAsItWasWritten() throws {
        let written = verdict("none_append", trial(lost: 0, failed: 0), trial(lost: 3, failed: 1, example: "x"))
        let data = try JSONEncoder().encode(written)
        #expect(try JSONDecoder().decode(DurabilityVerdict.self, from: data) == written)
        let text = try VerdictDocument.text([written])
        #expect(text.contains("\"batching\" : \"count_32\"") && text.contains("\"in_flight\" : 4"))
        #expect(text.contains("\"survives_power_loss\" : false") && text.contains("\"survives_process_crash\" : true"))
    }

    @Test(
        arguments: [
            (true, [:], true), (false, [:], false), (true, ["NO_COLOR": "1"], false), (true, ["NO_COLOR": ""], true),
            (true, ["TERM": "dumb"], false),
        ] as [(Bool, [String: String], Bool)]
    )
    func colourIsForTerminalsOfThoseWhoWantIt(isTerminal: Bool, environment: [String: String], isWanted: Bool) {
        #expect(TerminalColor.isWanted(isTerminal: isTerminal, environment: environment) == isWanted)
    }
}
