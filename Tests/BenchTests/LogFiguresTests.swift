import Foundation
import Measure
import Report
import Results
import TestSupport
import Testing

@testable import Bench
@testable import Targets
@testable import Workload

@Suite struct LogFiguresTests {
    /// 4,000 writes of 128 B in two seconds; the leader logs 2,000 records a second in 200 syncs.
    static func row(records: [UInt64] = [0, 9, 2009, 4009], mix: OperationMix = OperationMix()) -> SummaryRow {
        var row = BenchRowsTests.row()
        row.context.leaderID = 1
        let result = BenchRowsTests.result { $0.plan.mix = mix }
        row.noteLoad(result)
        var counters: [String: [UInt64]] = [
            "syncs": [0, 7, 207, 407], "records_logged": records, "log_bytes_written": [0, 0, 512_000, 1_024_000],
        ]
        // 100 syncs of one record, 290 of at most 8, 10 of at most 64.
        for bound in BatchBuckets.bounds {
            let count: UInt64 = bound == 1 ? 100 : bound < 8 ? 100 : bound < 64 ? 390 : 400
            counters[BatchBuckets.counter(bound)] = [3, 5, 5 + count / 2, 5 + count]
        }
        row.noteServerCosts(
            BenchRowsTests.history(servers: [1, 2], counters: counters),
            servers: [1, 2],
            result: result
        )
        return row
    }

    @Test func syncsAreOfAllServersAndBatchesOfTheLeader() {
        let log = Self.row().log
        #expect(log.syncsPerSecond == 400)
        #expect(log.batchMean == 10)
        #expect(log.batchP50AtMost == 8)
        #expect(log.batchP99AtMost == 64)
        #expect(log.batchMaxAtMost == 64)
        #expect(log.identityRatio == 1)
        #expect(log.logBytesPerPayloadByte == 4)
    }

    @Test func writesThatTheLogDoesNotHoldBreakTheIdentity() throws {
        let ratio = try #require(Self.row(records: [0, 9, 1009, 2009]).log.identityRatio)
        #expect(ratio == 2)
        #expect(!SummaryRow.LogFigures.identityRange.contains(ratio))
    }

    /// 200 syncs for 400 groups, as where a sync is made now and then: half of the groups have none of their own.
    @Test func groupsWithoutASyncBreakTheIdentity() throws {
        var row = BenchRowsTests.row()
        row.context.leaderID = 1
        row.noteLoad(BenchRowsTests.result())
        let counters: [String: [UInt64]] = [
            "syncs": [0, 0, 100, 200], "group_commits": [0, 0, 200, 400], "records_logged": [0, 0, 2000, 4000],
        ]
        row.noteServerCosts(
            BenchRowsTests.history(servers: [1], counters: counters),
            servers: [1],
            result: BenchRowsTests.result()
        )
        #expect(row.log.batchMean == 10)
        #expect(row.log.syncsPerSecond == 100)
        #expect(row.log.identityRatio == 2)
    }

    /// What a storm's servers log are sessions that come back, and what a load of reads logs are its own.
    @Test func whatIsNoWriteHasNoIdentity() {
        func ratio(_ storm: String, writes: Int) -> Double? {
            var row = BenchRowsTests.row()
            row.context.leaderID = 1
            row.load.storm = storm
            let result = BenchRowsTests.result { $0.writesCompleted = writes }
            let counters: [String: [UInt64]] = ["syncs": [0, 0, 100, 200], "records_logged": [0, 0, 2000, 4000]]
            row.noteServerCosts(
                BenchRowsTests.history(servers: [1], counters: counters),
                servers: [1],
                result: result
            )
            return row.log.identityRatio
        }
        #expect(ratio("", writes: 4000) == 1)
        #expect(ratio("", writes: 0) == nil && ratio("leader_killed", writes: 4000) == nil)
    }

    @Test func deletesHaveNoPayloadToDivideBy() {
        #expect(Self.row(mix: OperationMix(set: 1, create: 1, delete: 1)).log.logBytesPerPayloadByte == nil)
    }

    @Test func serversWithoutTheCountersHaveNoBatches() {
        var row = BenchRowsTests.row()
        row.context.leaderID = 1
        row.noteLoad(BenchRowsTests.result())
        row.noteServerCosts(
            BenchRowsTests.history(servers: [1], counters: ["syncs": [0, 1, 2, 3]]),
            servers: [1],
            result: BenchRowsTests.result()
        )
        #expect(row.log.syncsPerSecond == 1)
        #expect(row.log.batchMean == nil && row.log.identityRatio == nil && row.log.batchP99AtMost == nil)
    }

    @Test func theGreatestBatchToleratesHalfASyncAtTheEnds() throws {
        var counts = [Double](repeating: 99.7, count: BatchBuckets.bounds.count)
        counts[0] = 10
        counts[17] = 100
        #expect(try #require(BatchBuckets(counts: counts)).bound(holding: 1) == 2)
        counts[16] = 99
        #expect(
            try #require(BatchBuckets(counts: counts.map { min($0, 99) }.dropLast() + [100])).bound(holding: 1)
                == 131_072
        )
        #expect(BatchBuckets(counts: Array(repeating: 0, count: 18)) == nil)
        #expect(BatchBuckets(counts: [1, 2]) == nil)
    }

    @Test func aServersAnswerHoldsTheCounters() {
        let text =
            "zab_pid\t7\nzab_group_records_le_1\t5\nzab_group_records_le_131072\t9\nzab_group_records_le_3\t1\n"
        let sample = ServerSample(serverID: 1, report: MonitorReport(parsing: text), pid: nil, isShared: true)
        #expect(sample.counters["group_records_le_1"] == 5)
        #expect(sample.counters["group_records_le_131072"] == 9)
        #expect(sample.counters.count == 2)
    }

    @Test func disksAreCountedTogetherOrNotAtAll() {
        let second: UInt64 = 1_000_000_000
        var row = BenchRowsTests.row()
        let result = BenchRowsTests.result()
        // No such folder, so no disk of it is known.
        row.noteDevices(DeviceHistory(paths: ["/nonexistent/folder"]), result: result)
        #expect(row.device == SummaryRow.DeviceFigures())
        guard let device = BlockDevice(path: "/") ?? BlockDevice(path: #filePath) else { return }
        var history = DeviceHistory(paths: [#filePath, #filePath])
        guard history.devices.contains(device) else { return }
        #expect(history.devices.count == 1)
        for (moment, count) in [(10, 0), (11, 50), (12, 1050), (13, 2050)] as [(UInt64, UInt64)] {
            history.add(
                BlockDevice.Counters(writes: 2 * count, sectorsWritten: 4 * count, flushes: count),
                device: 0,
                at: moment * second
            )
        }
        row.noteDevices(history, result: result)
        #expect(row.device.flushesPerSecond == 1000)
        #expect(row.device.flushesPerWrite == 0.5)
        #expect(row.device.writesPerSecond == 2000)
        #expect(row.device.writtenBytesPerPayloadByte == 8)
    }
}

@Suite struct CounterSeriesTests {
    @Test func growthIsReadBetweenTheReadings() {
        let series = CounterSeries([(10, 0), (20, 100), (30, 400)])
        #expect(series.growth(from: 15, to: 25) == 200)
        #expect(series.growth(from: 0, to: 99) == 400)
        #expect(CounterSeries([(10, 5)]).growth(from: 0, to: 9) == nil)
        #expect(CounterSeries([(10, 5), (20, 4), (30, 9)]).growth(from: 0, to: 99) == nil)
    }
}

@Suite struct CalibratedRowTests {
    @Test func theRowIsComparedWithTheDisk() {
        var row = BenchRowsTests.row()
        row.context.leaderID = 1
        let result = BenchRowsTests.result()
        row.noteLoad(result)
        let history = BenchRowsTests.history(
            servers: [1, 2],
            counters: [
                "syncs": [0, 0, 200, 400], "records_logged": [0, 0, 2000, 4000],
                "log_bytes_written": [0, 0, 819_200, 1_638_400], "bytes_in": [0, 0, 1_000_000, 2_000_000],
                "cpu_user_us": [0, 0, 50_000, 100_000], "cpu_system_us": [0, 0, 0, 0],
            ]
        )
        row.noteServerCosts(history, servers: [1, 2], result: result)
        row.noteLimits([], history: history, servers: [1, 2], result: result)
        #expect(row.limits == SummaryRow.Limits())
        row.noteLimits([CalibrationSample.calibration], history: history, servers: [1, 2], result: result)
        // 10 records a sync, 1,000 syncs a second in two files: 5,000/s, of which 2,000 are done.
        #expect(row.limits.name == "sync")
        #expect(abs((row.limits.perSecond ?? 0) - 5000) < 1e-6)
        #expect(abs((row.limits.percent ?? 0) - 40) < 1e-6)
        #expect(row.limits.timesFloor == row.response.p50Microseconds.map { $0 / 550 })
    }
}

@Suite struct DiskCalibrationsTests {
    @Test func oneDiskIsOneCalibrationAndAnUnknownOneIsNone() throws {
        let folder = TemporaryFolder()
        let root = folder.path
        let cache = CalibrationCache(folder: root + "/cache")
        #expect(DiskCalibrations(folders: [root], cache: cache)[[root]].isEmpty)
        guard let device = StorageDevice(path: root) else { return }
        try cache.store(CalibrationSample.calibration(of: device, path: root))
        let known = DiskCalibrations(folders: [root, root + "/b", "/proc"], cache: cache)
        #expect(known[[root, root + "/b"]].map(\.device) == [device])
        #expect(known[[root, "/proc"]].isEmpty)
        #expect(known.warnings.isEmpty)
        try Data("{".utf8).write(to: URL(fileURLWithPath: cache.path(of: device)))
        let damaged = DiskCalibrations(folders: [root, root + "/b"], cache: cache)
        #expect(damaged[[root]].isEmpty)
        #expect(damaged.warnings.count == 1)
        #expect(damaged.warnings.first?.contains("zabbench calibrate") == true)
    }
}

enum CalibrationSample {
    static let calibration = calibration(
        of: StorageDevice(number: "254:0", source: "/dev/vdx", fileSystem: "ext4"),
        path: "/"
    )

    /// 1,000 syncs a second, whatever their size and the number of files; p50 500 µs, and 50 µs for a round trip.
    static func calibration(of device: StorageDevice, path: String) -> Calibration {
        Calibration(
            madeAt: Date(timeIntervalSince1970: 0),
            device: device,
            environment: .current(dataPath: path),
            freeBytes: nil,
            files: 2,
            floors: Calibration.sizes.flatMap { bytes in
                [1, 2].map { files in
                    Calibration.Floor(
                        strategy: "fdatasync_recycled",
                        isDurable: true,
                        bytes: bytes,
                        files: files,
                        syncsPerSecond: 1000,
                        p50Microseconds: 500,
                        p99Microseconds: 900,
                        samples: 100,
                        rounds: 3,
                        spread: 0
                    )
                }
            },
            skipped: [],
            loopback: Calibration.Loopback(
                messageBytes: 128,
                p50Microseconds: 50,
                p99Microseconds: 60,
                writeBytes: 65_536,
                bytesPerSecond: 1e9
            ),
            diskBytesPerSecond: 1e9,
            checksumBytesPerSecond: 1e10,
            copyBytesPerSecond: 1e10
        )
    }
}
