import Foundation
import TestSupport
import Testing

@testable import Measure

@Suite struct CalibrationTests {
    static func floor(
        _ strategy: String,
        _ bytes: Int,
        _ files: Int,
        p50: Double,
        isDurable: Bool = true
    ) -> Calibration.Floor {
        Calibration.Floor(
            strategy: strategy,
            isDurable: isDurable,
            bytes: bytes,
            files: files,
            syncsPerSecond: 1e6 / p50 * Double(files),
            p50Microseconds: p50,
            p99Microseconds: p50 * 2,
            samples: 500,
            rounds: 5,
            spread: 0.1,
            foreignShare: 0.01,
            stealShare: 0
        )
    }

    static let sample = Calibration(
        madeAt: Date(timeIntervalSince1970: 1_700_000_000),
        device: StorageDevice(number: "254:0", source: "/dev/vda", fileSystem: "ext4"),
        environment: EnvironmentTests.sample,
        freeBytes: 1 << 40,
        files: 3,
        floors: [
            floor("fdatasync_recycled", 4096, 1, p50: 100), floor("fdatasync_recycled", 65_536, 1, p50: 160),
            floor("fdatasync_recycled", 4096, 3, p50: 200), floor("fdatasync_recycled", 65_536, 3, p50: 400),
            floor("o_direct_dsync_recycled", 4096, 1, p50: 90), floor("fsync_append", 4096, 1, p50: 300),
            floor("periodic_100ms_append", 4096, 1, p50: 5, isDurable: false),
            floor("periodic_100ms_append", 65_536, 1, p50: 20, isDurable: false),
        ],
        skipped: [Calibration.Skipped(strategy: "io_uring_append", reason: "no io_uring")],
        loopback: Calibration.Loopback(
            messageBytes: 128,
            p50Microseconds: 25,
            p99Microseconds: 60,
            writeBytes: 65_536,
            bytesPerSecond: 4e9
        ),
        diskBytesPerSecond: 1e9,
        checksumBytesPerSecond: 12e9,
        copyBytesPerSecond: 8e9
    )

    @Test(arguments: [(100, 100), (4096, 100), (34_816, 130), (65_536, 160), (126_976, 220)])
    func aSyncIsInterpolatedByItsBytes(bytes: Int, microseconds: Double) throws {
        let sync = Self.sample.syncFloorMicroseconds(strategy: "fdatasync_recycled", bytes: bytes)
        #expect(abs(try #require(sync) - microseconds) < 1e-9)
        let floor = Self.sample.floorMicroseconds(strategy: "fdatasync_recycled", bytes: bytes)
        #expect(abs(try #require(floor) - microseconds - 25) < 1e-9)
    }

    @Test func noiseDoesNotMakeLargeGroupsFree() throws {
        var calibration = Self.sample
        calibration.floors[1].p50Microseconds = 40
        let sync = calibration.syncFloorMicroseconds(strategy: "fdatasync_recycled", bytes: 1 << 24)
        #expect(try #require(sync) == 100)
    }

    @Test(arguments: [(1, 10_000), (2, 12_500), (3, 15_000), (7, 15_000), (0, 10_000)])
    func syncsPerSecondAreInterpolatedByTheFiles(files: Int, rate: Double) throws {
        let found = Self.sample.syncsPerSecond(strategy: "fdatasync_recycled", bytes: 512, files: files)
        #expect(abs(try #require(found) - rate) < 1e-6)
    }

    @Test func syncsPerSecondAreInterpolatedByTheirTime() throws {
        let found = Self.sample.syncsPerSecond(strategy: "fdatasync_recycled", bytes: 34_816, files: 1)
        #expect(abs(try #require(found) - 1e6 / 130) < 1e-6)
    }

    @Test func whatWasNotMeasuredHasNoFloor() {
        #expect(Self.sample.syncFloorMicroseconds(strategy: "io_uring_append", bytes: 4096) == nil)
        #expect(Self.sample.floorMicroseconds(strategy: "fdatasync_append", bytes: 4096) == nil)
        // Of one size only, and with one file only.
        #expect(Self.sample.syncFloorMicroseconds(strategy: "fsync_append", bytes: 8192) == nil)
        #expect(Self.sample.syncsPerSecond(strategy: "periodic_100ms_append", bytes: 4096, files: 3) == nil)
    }

    @Test func everyIntervalCountsAsTheOneMeasured() {
        #expect(Self.sample.syncFloorMicroseconds(strategy: "periodic_7ms_append", bytes: 4096) == 5)
        #expect(Self.sample.syncFloorMicroseconds(strategy: "periodic_7ms_recycled", bytes: 4096) == nil)
    }

    @Test func theFastestDurableIsNoLossyOne() {
        #expect(Self.sample.fastestDurable(bytes: 4096)?.strategy == "o_direct_dsync_recycled")
        #expect(Self.sample.fastestDurable(bytes: 4096, files: 3)?.strategy == "fdatasync_recycled")
        #expect(Self.sample.fastestDurable(bytes: 512) == nil)
    }

    /// Files of older versions have none of these, and are read.
    @Test func intervalsAreKeptWhereThereAreAny() throws {
        let plain = String(decoding: try Calibration.encoder.encode(Self.sample), as: UTF8.self)
        #expect(!plain.lowercased().contains("limits"))
        var known = Self.sample
        known.floors[0].p99Limits = Calibration.Limits(low: 180, high: 260)
        known.copyLimits = Calibration.Limits(low: 7e9, high: 9e9)
        let read = try Calibration.decoder.decode(Calibration.self, from: Calibration.encoder.encode(known))
        #expect(read == known && read.isSound && read.floors[0].p99Limits?.high == 260)
        known.floors[0].p99Limits = Calibration.Limits(low: 260, high: 180)
        #expect(!known.isSound)
    }

    @Test func survivesJSON() throws {
        let data = try Calibration.encoder.encode(Self.sample)
        #expect(try Calibration.decoder.decode(Calibration.self, from: data) == Self.sample)
    }
}

@Suite struct CalibrationCacheTests {
    private let folder = TemporaryFolder()
    private var root: String { folder.path }
    private var cache: CalibrationCache { CalibrationCache(folder: root + "/cache") }

    /// One that this process may load for `root`.
    private func fitting() throws -> Calibration {
        var calibration = CalibrationTests.sample
        calibration.device = try #require(StorageDevice(path: root))
        calibration.environment = .current(dataPath: root)
        return calibration
    }

    private func load() -> (calibration: Calibration?, warnings: [String]) {
        var warnings: [String] = []
        let calibration = cache.load(forDirectory: root + "/not/there/yet") { warnings.append($0) }
        return (calibration, warnings)
    }

    @Test func isFoundForEveryFolderOfItsDevice() throws {
        let calibration = try fitting()
        #expect(load() == (nil, []))
        let path = try cache.store(calibration)
        #expect(load() == (calibration, []))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: cache.folder) == [(path as NSString).lastPathComponent]
        )
    }

    @Test(arguments: ["damage", "format", "figure", "device", "environment"])
    func whatDoesNotFitIsNotUsed(change: String) throws {
        var calibration = try fitting()
        let device = calibration.device
        switch change {
        case "figure": calibration.floors[0].syncsPerSecond = -1
        case "environment": calibration.environment.kernel += "-other"
        default: break
        }
        let path = try cache.store(calibration)
        #expect(path == cache.path(of: device))
        var text = try String(contentsOfFile: path, encoding: .utf8)
        switch change {
        case "damage": text.removeLast(text.count / 2)
        case "format": text.replace("\"format\" : 1", with: "\"format\" : 0")
        case "device": text.replace("\"number\" : \"\(device.number)\"", with: "\"number\" : \"999:999\"")
        default: break
        }
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let (loaded, warnings) = load()
        #expect(loaded == nil)
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("zabbench calibrate") == true)
        #expect(warnings.first?.contains("\n") == false)
    }

    @Test func theFolderIsTheUsersCache() {
        #expect(CalibrationCache(environment: ["XDG_CACHE_HOME": "/x", "HOME": "/h"]).folder == "/x/zabbench")
        #expect(CalibrationCache(environment: ["XDG_CACHE_HOME": "x", "HOME": "/h"]).folder == "/h/.cache/zabbench")
        #expect(CalibrationCache(environment: ["HOME": "/h"]).folder == "/h/.cache/zabbench")
    }

    @Test func devicesHaveNamesOfTheirOwn() {
        let device = CalibrationTests.sample.device
        var others = [device, device, device]
        others[0].number = "254:1"
        others[1].source = "/dev/vdb"
        others[2].fileSystem = "xfs"
        #expect(Set((others + [device]).map(\.fileName)).count == 4)
        #expect(device.fileName.hasPrefix("254-0-"))
    }
}
