import Foundation
import Measure
import Results
import Testing

@testable import Report

@Suite struct LoadLimitsTests {
    /// 1,000 syncs a second of 4 KiB in one file and 1,500 in three together, each of them half as fast at 64 KiB; a
    /// round trip of 50 µs, 1 GB/s on loopback, 100 MB/s on the disk.
    static func calibration(number: String = "254:0", factor: Double = 1) -> Calibration {
        let floors = [(4096, 1, 1000.0, 1000.0), (4096, 3, 1500, 2000), (65_536, 1, 500, 2000), (65_536, 3, 750, 4000)]
        return Calibration(
            madeAt: Date(timeIntervalSince1970: 0),
            device: StorageDevice(number: number, source: "/dev/vdx", fileSystem: "ext4"),
            environment: Environment(
                cpuModel: "",
                cores: 2,
                memoryBytes: 0,
                operatingSystem: "",
                kernel: "",
                architecture: "",
                swiftCompiler: "",
                buildConfiguration: "",
                allocator: "",
                storage: nil
            ),
            freeBytes: nil,
            files: 3,
            floors: floors.map { bytes, files, rate, p50 in
                Calibration.Floor(
                    strategy: "fdatasync_recycled",
                    isDurable: true,
                    bytes: bytes,
                    files: files,
                    syncsPerSecond: rate * factor,
                    p50Microseconds: p50 / factor,
                    p99Microseconds: p50 / factor,
                    samples: 100,
                    rounds: 3,
                    spread: 0
                )
            },
            skipped: [],
            loopback: Calibration.Loopback(
                messageBytes: 128,
                p50Microseconds: 50,
                p99Microseconds: 60,
                writeBytes: 65_536,
                bytesPerSecond: 1e9
            ),
            diskBytesPerSecond: 1e8,
            checksumBytesPerSecond: 1e10,
            copyBytesPerSecond: 1e10
        )
    }

    static func facts(_ change: (inout LoadLimits.Facts) -> Void = { _ in }) -> LoadLimits.Facts {
        var facts = LoadLimits.Facts(strategy: "fdatasync_recycled", servers: 3)
        facts.batchMean = 20
        facts.groupBytes = 4096
        facts.logBytesPerWrite = 600
        facts.cpuMicrosecondsPerWrite = 40
        facts.cores = 2
        facts.loopbackBytesPerWrite = 500
        change(&facts)
        return facts
    }

    private static func isNear(_ value: Double?, _ expected: Double) -> Bool {
        abs((value ?? 0) - expected) < expected * 1e-9
    }

    private func limits(_ calibrations: [Calibration], _ facts: LoadLimits.Facts = Self.facts()) -> [String: Double] {
        Dictionary(uniqueKeysWithValues: LoadLimits(facts, calibrations: calibrations).all ?? [])
    }

    @Test func onOneDiskTheLogsShareIt() {
        let limits = limits([Self.calibration()])
        #expect(Self.isNear(limits["sync"], 500 * 20))
        #expect(Self.isNear(limits["disk_bytes"], 1e8 / 600))
        #expect(limits["cpu"] == 50_000)
        #expect(limits["loopback"] == 2_000_000)
    }

    @Test func disksOfTheirOwnAreNotShared() {
        let disks = ["1:0", "2:0", "3:0"].map { Self.calibration(number: $0) }
        #expect(Self.isNear(limits(disks)["sync"], 1000 * 20))
        #expect(Self.isNear(limits(disks)["disk_bytes"], 3e8 / 600))
        // The slowest of them counts.
        let slow = Self.calibration(number: "3:0", factor: 0.5)
        #expect(Self.isNear(limits([disks[0], disks[1], slow])["sync"], 500 * 20))
    }

    @Test func theSmallestIsNamed() {
        let limits = LoadLimits(Self.facts(), calibrations: [Self.calibration()])
        let figures = limits.figures(responseP50: 2100, writesPerSecond: 8000)
        #expect(figures.name == "sync")
        #expect(Self.isNear(figures.perSecond, 10_000))
        #expect(Self.isNear(figures.percent, 80))
        #expect(Self.isNear(figures.timesFloor, 2))
        let busy = LoadLimits(Self.facts { $0.cpuMicrosecondsPerWrite = 1000 }, calibrations: [Self.calibration()])
        #expect(busy.figures(responseP50: nil, writesPerSecond: 1000).name == "cpu")
        #expect(busy.figures(responseP50: nil, writesPerSecond: 1000).timesFloor == nil)
    }

    /// The fault as it was found: `x floor 0.17`, a write in a sixth of its floor.
    @Test func aRatioThatCannotBeIsNoNumber() throws {
        let limits = LoadLimits(Self.facts(), calibrations: [Self.calibration()])
        let below = limits.figures(responseP50: 0.17 * 1050, writesPerSecond: 8000)
        #expect(below.isValid == false)
        #expect(below.timesFloor == nil && below.percent == nil && below.perSecond == nil && below.name == nil)
        let note = try #require(below.note)
        #expect(
            note.hasPrefix("calibration not valid: the response p50 (179 µs) is below the calibrated floor of 1.05 ms")
        )
        #expect(note.hasSuffix("run zabbench calibrate again") && !note.contains("0.17"))
        let above = limits.figures(responseP50: nil, writesPerSecond: 30_000)
        #expect(above.isValid == false && above.percent == nil && above.note?.contains("10,000/s (sync)") == true)
        // Within the error of the calibration a ratio is one: 5 % at least, a quarter at most, else half of the spread.
        #expect(limits.error == 0.05)
        #expect(limits.figures(responseP50: 0.96 * 1050, writesPerSecond: 8000).isValid == true)
        #expect(limits.figures(responseP50: 0.94 * 1050, writesPerSecond: 8000).isValid == false)
        #expect(limits.figures(responseP50: 2100, writesPerSecond: 10_400).isValid == true)
        #expect(limits.figures(responseP50: 2100, writesPerSecond: 10_600).isValid == false)
        var spread = Self.calibration()
        for index in spread.floors.indices { spread.floors[index].spread = 0.3 }
        #expect(LoadLimits(Self.facts(), calibrations: [spread]).error == 0.15)
        spread.floors[0].spread = 40
        #expect(LoadLimits(Self.facts(), calibrations: [spread]).error == 0.25)
    }

    @Test func aCalibrationOfUnknownQualityIsUsedAndSaid() {
        let older = LoadLimits(Self.facts(), calibrations: [Self.calibration()])
        let figures = older.figures(responseP50: 2100, writesPerSecond: 8000)
        #expect(figures.timesFloor != nil && figures.isValid == true)
        #expect(figures.note?.hasPrefix("calibration of unknown quality: ") == true)
        var noted = Self.calibration()
        for index in noted.floors.indices { noted.floors[index].foreignShare = 0.02 }
        #expect(
            LoadLimits(Self.facts(), calibrations: [noted]).figures(responseP50: 2100, writesPerSecond: 1).note == nil
        )
        for index in noted.floors.indices { noted.floors[index].stealShare = 0.2 }
        let polluted = LoadLimits(Self.facts(), calibrations: [noted]).figures(responseP50: 2100, writesPerSecond: 1)
        #expect(polluted.note?.contains("others had 22.0 % of the processors") == true)
    }

    @Test func largeGroupsHaveTheirOwnFloor() {
        let large = LoadLimits(Self.facts { $0.groupBytes = 65_536 }, calibrations: [Self.calibration()])
        #expect(large.floorMicroseconds == 2050)
        let two = [Self.calibration(), Self.calibration(number: "1:1", factor: 0.5)]
        #expect(LoadLimits(Self.facts(), calibrations: two).floorMicroseconds == 2050)
    }

    @Test func oneUnknownLeavesNoLimit() {
        let calibration = [Self.calibration()]
        for change: (inout LoadLimits.Facts) -> Void in [
            { $0.batchMean = nil }, { $0.groupBytes = nil }, { $0.logBytesPerWrite = nil },
            { $0.cpuMicrosecondsPerWrite = nil }, { $0.loopbackBytesPerWrite = nil }, { $0.strategy = "fsync_append" },
        ] {
            #expect(LoadLimits(Self.facts(change), calibrations: calibration).all == nil)
        }
        #expect(LoadLimits(Self.facts(), calibrations: []).all == nil)
        #expect(LoadLimits(Self.facts(), calibrations: []).floorMicroseconds == nil)
        let unknown = LoadLimits(Self.facts { $0.strategy = "fsync_append" }, calibrations: calibration)
        #expect(unknown.figures(responseP50: 1, writesPerSecond: 1) == SummaryRow.Limits())
    }
}
