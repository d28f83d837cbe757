import Foundation
import TestSupport
import Testing

@testable import Measure

/// Which calibration is kept over which.
@Suite struct CalibrationQualityTests {
    private static let standard = "fdatasync_recycled"

    /// One strategy in all its cells.
    private static func calibration(
        _ strategy: String = standard,
        p50: Double = 100,
        rounds: Int = 3,
        foreign: Double? = 0.02,
        steal: Double? = 0
    ) -> Calibration {
        var calibration = CalibrationTests.sample
        calibration.floors = Calibration.sizes.flatMap { bytes in
            [1, 3].map { CalibrationTests.floor(strategy, bytes, $0, p50: p50) }
        }
        for index in calibration.floors.indices {
            calibration.floors[index].rounds = rounds
            calibration.floors[index].foreignShare = foreign
            calibration.floors[index].stealShare = foreign == nil ? nil : steal
        }
        calibration.skipped = []
        calibration.foreignShare = foreign
        calibration.stealShare = steal
        return calibration
    }

    private static func p50(_ kept: Calibration.Kept, _ strategy: String = standard) -> Double? {
        kept.calibration?.floor(strategy: strategy, bytes: 4096, files: 1)?.p50Microseconds
    }

    @Test func qualityHasAnOrder() {
        #expect(Self.calibration().quality(of: Self.standard) == .good)
        #expect(Self.calibration(foreign: 0.0999).quality(of: Self.standard) == .good)
        #expect(Self.calibration(foreign: 0.1).quality(of: Self.standard) == .poor)
        #expect(Self.calibration(foreign: 0.06, steal: 0.05).quality(of: Self.standard) == .poor)
        #expect(Self.calibration(rounds: 2).quality(of: Self.standard) == .poor)
        #expect(Self.calibration(foreign: nil).quality(of: Self.standard) == .unknown)
        #expect(Self.calibration().quality(of: "fsync_append") == nil)
        #expect(Calibration.Quality.poor < .unknown && Calibration.Quality.unknown < .good)
    }

    /// The fault as it was found: others used 92.8 % of the processors, and the figures were kept.
    @Test func aPollutedOneIsNotKept() throws {
        let kept = Self.calibration(foreign: 0.928).kept(over: nil)
        #expect(kept.calibration == nil)
        let words = try #require(kept.refused.first).objection.words
        #expect(words.contains("92.8 % of the processors (at most 10 %)") && words.contains("--wait-quiet"))
        #expect(
            Self.calibration(rounds: 1).kept(over: nil).refused.first?.objection.words.hasPrefix("1 round (") == true
        )
    }

    @Test func aBetterOneIsNeverReplacedByAWorseOne() {
        let good = Self.calibration(p50: 100)
        #expect(Self.calibration(p50: 900, foreign: 0.5).kept(over: good).calibration == nil)
        #expect(Self.calibration(p50: 900, rounds: 2).kept(over: good).calibration == nil)
        // Of equal quality the newer one stays, and a good one replaces one of which nothing is known.
        #expect(Self.p50(Self.calibration(p50: 200).kept(over: good)) == 200)
        #expect(Self.p50(Self.calibration(p50: 200).kept(over: Self.calibration(p50: 700, foreign: nil))) == 200)
        // With another number of files as well.
        var others = good
        others.files = 5
        #expect(Self.calibration(foreign: 0.5).kept(over: others).calibration == nil)
        #expect(Self.p50(Self.calibration(p50: 200).kept(over: others)) == 200)
    }

    @Test func eachStrategyIsJudgedByItself() throws {
        let older = Self.calibration(p50: 100)
        var newer = Self.calibration(p50: 900, foreign: 0.4)
        newer.floors += Self.calibration("fsync_append", p50: 300).floors
        newer.foreignShare = 0.03
        let kept = newer.kept(over: older)
        #expect(Self.p50(kept) == 100 && Self.p50(kept, "fsync_append") == 300)
        #expect(kept.refused.map(\.strategies) == [[Self.standard]])
        // Without an older one the disturbed one has no figures at all.
        #expect(Self.p50(newer.kept(over: nil)) == nil && Self.p50(newer.kept(over: nil), "fsync_append") == 300)
    }

    @Test func loopbackAndMemoryOfABusyMachineAreNotKept() {
        let older = Self.calibration()
        var newer = Self.calibration(p50: 90)
        newer.foreignShare = 0.3
        newer.loopback.p50Microseconds = 500
        #expect(newer.kept(over: nil).calibration == nil)
        let kept = newer.kept(over: older).calibration
        #expect(kept?.loopback == older.loopback && kept?.foreignShare == older.foreignShare)
        #expect(Self.p50(newer.kept(over: older)) == 90)
    }

    @Test func whatThereWasNoTimeForKeepsItsFiguresAndWhatIsGoneDoesNot() {
        var older = Self.calibration("fsync_append")
        older.floors += Self.calibration("io_uring_append").floors
        older.skipped = [Calibration.Skipped(strategy: "rwf_dsync_append", reason: "not offered")]
        var newer = Self.calibration()
        newer.skipped = [
            Calibration.Skipped(strategy: "fsync_append", reason: Calibration.noTime),
            Calibration.Skipped(strategy: "io_uring_append", reason: "no ring"),
        ]
        let kept = newer.kept(over: older)
        #expect(Self.p50(kept) == 100 && Self.p50(kept, "fsync_append") == 100)
        #expect(Self.p50(kept, "io_uring_append") == nil)
        #expect(kept.calibration?.skipped.map(\.strategy) == ["io_uring_append", "rwf_dsync_append"])
    }

    /// A file of a version that noted no load can be read and used, and is said to be of unknown quality.
    @Test func theOlderFormatIsReadable() throws {
        let text = String(decoding: try Calibration.encoder.encode(Self.calibration(foreign: nil)), as: UTF8.self)
        #expect(!text.contains("foreign"))
        let read = try Calibration.decoder.decode(Calibration.self, from: Data(text.utf8))
        #expect(read.isSound)
        #expect(read.doubt(about: Self.standard)?.contains("older zabbench") == true)
        #expect(read.doubt(about: "fsync_append") == nil)
        #expect(Self.calibration().doubt(about: Self.standard) == nil)
        #expect(Self.calibration(foreign: 0.3).doubt(about: Self.standard)?.contains("30.0 %") == true)
        var wild = Self.calibration()
        wild.floors[0].foreignShare = 2
        #expect(!wild.isSound)
    }
}
