import Foundation
import Measure
import Testing

@testable import Report

@Suite struct CalibrationTableTests {
    static func floor(_ strategy: String, _ bytes: Int, _ files: Int, rate: Double) -> Calibration.Floor {
        Calibration.Floor(
            strategy: strategy,
            isDurable: !strategy.hasPrefix("periodic"),
            bytes: bytes,
            files: files,
            syncsPerSecond: rate,
            p50Microseconds: 1e6 / rate,
            p99Microseconds: 3e6 / rate,
            samples: 500,
            rounds: 5,
            spread: Double(bytes) / 65_536
        )
    }

    static func sample(
        fileSystem: String = "ext4",
        writeCache: String? = "write back",
        fua: Bool? = false
    ) -> Calibration {
        Calibration(
            madeAt: Date(timeIntervalSince1970: 1_700_000_000),
            device: StorageDevice(number: "254:0", source: "/dev/vda", fileSystem: fileSystem),
            environment: Environment(
                cpuModel: "Example CPU",
                cores: 2,
                memoryBytes: 1 << 33,
                operatingSystem: "Debian",
                kernel: "6.18.1",
                architecture: "x86_64",
                swiftCompiler: "6.3",
                buildConfiguration: "release",
                allocator: "jemalloc 5.3.0",
                storage: StorageFacts(
                    fileSystem: fileSystem,
                    mountOptions: ["noatime", "rw"],
                    source: "/dev/vda",
                    writeCache: writeCache,
                    fua: fua,
                    scheduler: "mq-deadline"
                )
            ),
            freeBytes: 80 << 30,
            files: 3,
            floors: [
                floor("fdatasync_recycled", 4096, 1, rate: 10_000), floor("fdatasync_recycled", 4096, 3, rate: 20_000),
                floor("o_direct_dsync_recycled", 4096, 1, rate: 12_000),
                floor("o_direct_dsync_recycled", 65_536, 1, rate: 11_000),
                floor("periodic_100ms_append", 4096, 1, rate: 200_000),
            ],
            skipped: [
                Calibration.Skipped(strategy: "io_uring_append", reason: "no ring; allow it"),
                Calibration.Skipped(strategy: "io_uring_recycled", reason: "no ring; allow it"),
                Calibration.Skipped(strategy: "fsync_append", reason: "no time"),
            ],
            loopback: Calibration.Loopback(
                messageBytes: 128,
                p50Microseconds: 25,
                p99Microseconds: 60,
                writeBytes: 65_536,
                bytesPerSecond: 3.2e9
            ),
            diskBytesPerSecond: 8.1e8,
            checksumBytesPerSecond: 12e9,
            copyBytesPerSecond: 8e9
        )
    }

    private func row(_ start: String, _ text: String) throws -> String {
        String(try #require(text.split(separator: "\n").first { $0.hasPrefix(start) }))
    }

    @Test func theFastestDurableOneIsMarkedInEachColumn() throws {
        let text = CalibrationTable.text(Self.sample(), on: .wide)
        let words = { (start: String) in try self.row(start, text).split(separator: " ").map(String.init) }
        #expect(
            try words("fdatasync_recycled") == [
                "fdatasync_recycled", "yes", "10,000", "100", "µs", "300", "µs", "20,000*", "50", "µs", "150", "µs",
                "-",
                "-", "-", "-", "-", "-",
            ]
        )
        #expect(try words("o_direct_dsync_recycled").prefix(3) == ["o_direct_dsync_recycled", "yes", "12,000*"])
        #expect(try words("periodic_100ms_append").prefix(3) == ["periodic_100ms_append", "no", "200,000"])
        #expect(try row("strategy", text).contains("64K x3 /s"))
        #expect(text.contains("x3: 3 logs at the same time"))
        #expect(text.contains("median 6.25 %,"))
        #expect(text.contains("worst 100 % (o_direct_dsync_recycled, 64K x1)"))
        #expect(text.contains("periodic: the time a group waits"))
    }

    @Test func oneRoundHasNoSpread() {
        var calibration = Self.sample()
        for index in calibration.floors.indices { calibration.floors[index].rounds = 1 }
        let text = CalibrationTable.text(calibration, on: .wide)
        #expect(!text.contains("(max - min)") && text.contains("Fewer than 3 rounds: give more --seconds"))
        #expect(text.contains("\nOne round, so how far the next would lie is not known.\n") && !text.contains("±"))
        #expect(!CalibrationTable.text(Self.sample()).contains("Fewer than 3 rounds"))
    }

    /// Each rate and each latency with what the rounds say of it; a figure of one round says that it has nothing.
    @Test func everyFigureHasItsError() throws {
        var calibration = Self.sample()
        for index in calibration.floors.indices {
            let floor = calibration.floors[index]
            func around(_ value: Double, _ share: Double) -> Calibration.Limits {
                Calibration.Limits(low: value * (1 - share / 2), high: value * (1 + share))
            }
            calibration.floors[index].syncsLimits = around(floor.syncsPerSecond, 0.114)
            calibration.floors[index].p50Limits = around(floor.p50Microseconds, 0.004)
            calibration.floors[index].p99Limits = around(floor.p99Microseconds, 12)
        }
        calibration.floors[4].rounds = 1
        calibration.floors[4].syncsLimits = nil
        calibration.floors[4].p50Limits = nil
        calibration.floors[4].p99Limits = nil
        calibration.loopback.p99Limits = Calibration.Limits(low: 48, high: 63)
        calibration.copyLimits = Calibration.Limits(low: 7.9e9, high: 8.2e9)
        let text = CalibrationTable.text(calibration, on: .wide)
        let words = { (start: String) in try self.row(start, text).split(separator: " ").map(String.init) }
        #expect(
            try words("o_direct_dsync_recycled") == [
                "o_direct_dsync_recycled", "yes", "12,000*", "±12", "83", "µs", "±0.4", "250", "µs", "±>999", "-", "-",
                "-",
                "11,000*", "±12", "91", "µs", "±0.4", "273", "µs", "±>999", "-", "-", "-",
            ]
        )
        #expect(
            try words("periodic_100ms_append").prefix(8).joined(separator: " ").hasSuffix("no 200,000 ±? 5 µs ±? 15")
        )
        #expect(text.contains("±: the farther limit of the median's 95 % interval over the rounds"))
        #expect(text.contains("\n±?: One round, so how far"))
        #expect(try row("loopback, 128 B", text).hasSuffix("p50 25 µs, p99 60 µs ±20 %"))
        #expect(try row("memcpy", text).hasSuffix("8.00 GB/s ±3 %"))
    }

    @Test func skippedOnesAreNamedWithTheirReasonOnce() {
        let text = CalibrationTable.text(Self.sample(), on: .wide)
        #expect(text.contains("Skipped io_uring_append, io_uring_recycled: no ring; allow it\n"))
        #expect(text.contains("Skipped fsync_append: no time\n"))
    }

    @Test func theMachineAndTheDeviceAreThere() throws {
        let text = CalibrationTable.text(Self.sample(), on: .wide)
        #expect(try row("loopback, 128 B", text).hasSuffix("p50 25 µs, p99 60 µs"))
        #expect(try row("loopback, 64 KiB", text).hasSuffix("3.20 GB/s"))
        #expect(try row("disk,", text).hasSuffix("810 MB/s"))
        #expect(try row("source", text).hasSuffix("/dev/vda (254:0)"))
        #expect(try row("mount options", text).hasSuffix("noatime,rw"))
        #expect(try row("model", text).hasSuffix("unknown"))
        #expect(try row("FUA", text).hasSuffix("no"))
        #expect(try row("free", text).hasSuffix("80.0 GiB"))
    }

    @Test func withOneFileThereAreNoColumnsForMore() throws {
        var calibration = Self.sample()
        calibration.files = 1
        calibration.floors.removeAll { $0.files > 1 }
        let header = try row("strategy", CalibrationTable.text(calibration, on: .wide))
        #expect(header.contains("64K x1 /s") && !header.contains("x3"))
    }

    @Test func withoutAnySyncThereIsNoTableOfThem() {
        var calibration = Self.sample()
        calibration.floors = []
        let text = CalibrationTable.text(calibration, on: .wide)
        #expect(!text.contains("strategy") && text.contains("Skipped fsync_append") && text.contains("memcpy"))
    }

    @Test(
        arguments: [
            ("ext4", "write back", false, "separate cache flush"), ("ext4", "write back", true, "avoid the flush"),
            ("ext4", "write through", nil, "no volatile cache"), ("tmpfs", nil, nil, "This is memory"),
            ("overlay", nil, nil, "does not say"),
        ] as [(String, String?, Bool?, String)]
    )
    func theTrapIsSaidPlainly(fileSystem: String, cache: String?, fua: Bool?, words: String) {
        let calibration = Self.sample(fileSystem: fileSystem, writeCache: cache, fua: fua)
        #expect(CalibrationTable.trap(calibration).contains(words))
        #expect(CalibrationTable.text(calibration).replacing("\n", with: " ").contains(words))
    }
}
