import Foundation
import Log
import Measure
import TestSupport
import Testing

@testable import Calibrations

/// Real disks and sockets; what is asserted is the shape of the result, not the speed of this machine.
@Suite struct CalibratorTests {
    private let temporary = TemporaryFolder()
    private var folder: String { temporary.path }

    private func calibrator(_ labels: [String], files: Int, seconds: Double) throws -> Calibrator {
        let strategies = try labels.map { try SyncStrategy(label: $0) }
        return Calibrator(
            Calibrator.Options(folder: folder, strategies: strategies, files: files, seconds: seconds)
        )
    }

    @Test func everyFigureIsThere() throws {
        let labels = ["fdatasync_recycled", "fdatasync_append", "periodic_100ms_fallocate"]
        let calibration = try calibrator(labels, files: 2, seconds: 2).run { _, _ in }
        for label in labels where !calibration.skipped.contains(where: { $0.strategy == label }) {
            for (bytes, files) in [(4096, 1), (65_536, 1), (4096, 2), (65_536, 2)] {
                let floor = try #require(calibration.floor(strategy: label, bytes: bytes, files: files))
                #expect(floor.isDurable == label.hasPrefix("fdatasync"))
                #expect(floor.syncsPerSecond > 0)
                #expect(floor.p50Microseconds > 0 && floor.p50Microseconds <= floor.p99Microseconds)
                #expect(floor.rounds >= 1 && floor.samples >= floor.rounds * files)
                #expect(floor.spread >= 0)
                #expect((floor.syncsLimits != nil) == (floor.rounds > 1))
                #expect(
                    floor.p50Limits.map { $0.low <= floor.p50Microseconds && floor.p50Microseconds <= $0.high } != false
                )
            }
        }
        #expect(calibration.floors.count + 4 * calibration.skipped.count == 4 * labels.count)
        #expect(calibration.files == 2)
        #expect(calibration.device == StorageDevice(path: folder))
        #expect(calibration.loopback.p50Microseconds <= calibration.loopback.p99Microseconds)
        for rate in [
            calibration.loopback.bytesPerSecond, calibration.diskBytesPerSecond, calibration.checksumBytesPerSecond,
            calibration.copyBytesPerSecond,
        ] {
            #expect(rate.isFinite && rate > 0)
        }
    }

    @Test func whatThereIsNoTimeForIsSaid() throws {
        let calibration = try calibrator(["fsync_append"], files: 1, seconds: 0).run { _, _ in }
        #expect(calibration.floors.isEmpty)
        #expect(calibration.skipped.map(\.strategy) == ["fsync_append"])
        #expect(calibration.skipped.first?.reason.contains("--seconds") == true)
        #expect(calibration.loopback.bytesPerSecond > 0)
    }

    @Test func theDefaultStrategyComesFirst() throws {
        // There is time for nothing, and yet there are figures of it.
        let calibration = try calibrator(["fsync_append", "fdatasync_recycled"], files: 1, seconds: 0).run { _, _ in }
        #expect(calibration.measuredStrategies == ["fdatasync_recycled"])
        #expect(calibration.skipped.map(\.strategy) == ["fsync_append"])
        #expect(calibration.skipped.first?.reason == Calibration.noTime)
    }

    @Test func firstItsRoundsThenRoundsOverEverything() {
        let plan = RoundPlan(
            necessary: ["disk", "standard"],
            first: "standard",
            all: ["disk", "standard", "a", "b"],
            roundsNeeded: 3
        )
        #expect(plan.tasks(round: 1) == ["disk", "standard"])
        #expect(plan.tasks(round: 2) == ["standard"] && plan.tasks(round: 3) == ["standard"])
        #expect(plan.tasks(round: 4).sorted() == ["a", "b", "disk", "standard"])
        #expect((1...4).map { plan.isOpening($0) } == [true, true, true, false])
        let others = RoundPlan(necessary: ["disk"], first: nil, all: ["disk", "a"], roundsNeeded: 3)
        #expect(others.tasks(round: 1) == ["disk"] && others.tasks(round: 2).sorted() == ["a", "disk"])
        #expect((1...2).map { others.isOpening($0) } == [true, false])
    }

    @Test func whatOthersHadIsNoted() throws {
        let calibration = try calibrator(["fdatasync_recycled"], files: 1, seconds: 1).run { _, _ in }
        #expect(calibration.floors.allSatisfy { $0.foreignShare.map { (0...1).contains($0) } == true })
        #expect(calibration.foreignShare != nil)
    }

    @Test func aStopEndsIt() throws {
        let calibrator = try calibrator(["fsync_append"], files: 1, seconds: 60)
        #expect(throws: Calibrator.Stopped.self) {
            try calibrator.run { _, text in if text.contains("round 1") { calibrator.stop() } }
        }
    }

    @Test func aMissingFolderIsSaid() throws {
        let calibrator = Calibrator(
            Calibrator.Options(folder: "/nowhere/at/all", strategies: [.recycledFdatasync], files: 1, seconds: 1)
        )
        let error = #expect(throws: CalibrationError.self) { try calibrator.run { _, _ in } }
        #expect(error?.description.contains("/nowhere/at/all") == true)
    }

    @Test func aFullDiskIsOneLineWithARemedy() throws {
        let space = CalibrationError(DiskError(.write, "/x/log.1", ENOSPC), in: "/x").description
        #expect(space.contains("/x is full") && space.contains("--data") && !space.contains("\n"))
        let broken = CalibrationError(LogError.disk(DiskError(.fdatasync, "/x/log.1", EIO)), in: "/x").description
        #expect(broken.contains("check the disk"))
    }

    /// What the table says about bytes is what the log writes: no method pads these groups.
    @Test(arguments: [4096, 65_536]) func groupsHaveTheSizeThatIsClaimed(bytes: Int) throws {
        for strategy in SyncStrategy.all() where try PosixDisk().objection(to: strategy, in: "/tmp") == nil {
            let log = try MeasuredLog(folder, strategy, segmentSize: StrategyTurn.segmentSize, warmUp: bytes)
            log.prepare(3, of: bytes)
            let before = log.bytesWritten
            for index in 0..<2 { try log.commit(index) }
            #expect(log.bytesWritten - before == 2 * bytes, "\(strategy.label)")
            // What was made ready and not written must not be in the way of what comes.
            log.forgetUnwritten()
            log.prepare(1, of: bytes)
            try log.commit(0)
            try? FileManager.default.removeItem(atPath: folder)
        }
    }

    /// A turn must not roll: the file of its log is never longer than a segment, and there is one.
    @Test func aTurnFitsASegment() throws {
        let turn = StrategyTurn(
            strategy: try SyncStrategy(label: "none_append"),
            folders: [folder],
            nanoseconds: .max,
            stop: StopFlag()
        )
        let figures = try turn.run()
        #expect(figures.count == 2)
        let segments = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("log.") }
        #expect(segments.count == 1)
    }

    @Test func quantilesAndSpreads() {
        let figures = RoundFigures(perSecond: 7, durations: (1...100).map { UInt64($0) * 1000 }.shuffled())
        #expect(figures.p50Microseconds == 50)
        #expect(figures.p99Microseconds == 99)
        #expect(figures.samples == 100)
        #expect(RoundFigures(perSecond: 1, durations: [3000]).p99Microseconds == 3)
        #expect([4.0, 1, 2].spread == 1.5)
        #expect([4.0].limits == nil && [4.0, 1, 2].limits.map { $0.low < 1 && $0.high > 4 } == true)
    }
}
