import Results
import TestSupport
import Testing

@testable import Report

@Suite struct ReportWarningTests {
    private static func lines(_ rows: [SummaryRow]) -> [String] {
        let points = LoadPointSummary.grouped(rows)
        return ReportWarnings.lines(points, SettingNames(points.map(\.key)))
    }

    private static func row(_ number: Int, size: Int = 3, reasons: [String] = []) -> SummaryRow {
        var row = Samples.row(repeatNumber: number, size: size, achieved: 1000)
        row.load.point = "saturation"
        row.invalidReasons = reasons
        row.durability = .init(survivesProcessCrash: true, survivesPowerLoss: true, acknowledgedLost: 0)
        return row
    }

    @Test func oneWarningForAllRunsThatAreWrongInTheSameWay() {
        let overloaded = (1...3).map { Self.row($0, reasons: ["overloaded: \($0)/s of 9/s achieved"]) }
        let short = Self.row(1, size: 5, reasons: ["too short: 0.2 s measured, at least 1 s needed"])
        let lines = Self.lines(overloaded + [Self.row(4), short, Self.row(2, size: 5)])
        #expect(
            lines == [
                "3 of 6 runs rejected, overloaded: 3 servers, saturation (3 of 4 runs).",
                "1 of 6 runs rejected, too short: 5 servers, saturation (1 of 2 runs).",
            ]
        )
        #expect(Self.lines([Self.row(1)]).isEmpty)
        var untried = Self.row(1)
        untried.durability = SummaryRow.Durability()
        #expect(
            Self.lines([untried]) == [
                "Durability has not been tested for these writes; run zabbench verdict."
            ]
        )
    }

    @Test func aLostWriteComesFirst() {
        let lost = Self.row(1, reasons: [RunValidity.violation + ": 1 lost"])
        let lines = Self.lines([Self.row(2, reasons: ["interrupted"]), lost])
        #expect(lines.first?.hasPrefix("ACKNOWLEDGED WRITES VIOLATED in saturation (1 of 2 runs)") == true)
        #expect(lines.count == 2 && lines[1].contains("interrupted"))
    }

    @Test func machineAndGeneratorAndDurability() {
        var crowded = Self.row(1, size: 5)
        crowded.context.isMachineLimited = true
        crowded.context.cores = 2
        crowded.context.isGeneratorLimited = true
        crowded.tag.fsyncStrategy = "none_append"
        crowded.durability.survivesPowerLoss = false
        let lines = Self.lines([crowded])
        #expect(lines.count == 3)
        #expect(lines[0] == "Machine-limited: ensembles of 5 servers share 2 cores, so these rows measure the machine.")
        #expect(lines[1].hasPrefix("Generator-limited: saturation:") && lines[2].hasPrefix("NOT DURABLE: none_append:"))
    }

    @Test func manySettingsAreCounted() {
        let rows = (1...9).map { size in Self.row(1, size: size, reasons: ["interrupted"]) }
        #expect(Self.lines(rows)[0].hasSuffix("6 servers, saturation and 3 more settings."))
    }

    @Test func settingsAreNamedByWhatDiffers() {
        var leader = Self.row(1)
        leader.load.connectTo = "leader"
        var serial = Self.row(1)
        (serial.load.point, serial.load.clients, serial.load.outstanding) = ("serial", 1, 1)
        let keys = [Self.row(1), leader, serial].map { LoadKey($0) }
        let names = SettingNames(keys)
        #expect(keys.map(names.setting) == ["saturation, on all servers", "saturation, on the leader", "serial"])
        let one = SettingNames([keys[2]])
        #expect(one.setting(keys[2]) == "serial" && one.ensemble(keys[2]) == "" && !one.isLogSweep)
        // Whatever differs, two settings never have one name.
        var proxied = keys[2]
        proxied.links = "proxied"
        let links = SettingNames([keys[2], proxied])
        #expect([keys[2], proxied].map(links.setting) == ["serial, servers direct", "serial, servers proxied"])
        var turns = keys[2]
        turns.turnMilliseconds = 50
        #expect(SettingNames([keys[2], turns]).setting(turns) == "serial, turn_ms=50")
        var unnamed = keys[2]
        unnamed.point = ""
        #expect(SettingNames([unnamed]).load(unnamed) == "closed 1x1, 128 B")
    }
}
