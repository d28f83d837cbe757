import Foundation
import Log
import Measure

/// What others have of the processors while a disk is measured, by strategy, and the waiting for them to be quiet.
struct Neighbours {
    private let wait: QuietWait?
    private let stop: StopFlag
    private let say: (String) -> Void
    private var watch = ForeignWatch()
    private let began = Stopwatch.now
    private var turnBegan: UInt64 = 0
    private var turns: [SyncStrategy: [(from: UInt64, to: UInt64)]] = [:]
    private var hasGivenUp = false
    /// For how long it was waited so far, seconds.
    private(set) var waited = 0.0

    /// How often it is looked while it waits.
    private static let pause = 0.2

    init(wait: QuietWait?, stop: StopFlag, say: @escaping (String) -> Void) {
        self.wait = wait
        self.stop = stop
        self.say = say
        watch.sample()
    }

    mutating func look() { watch.sample() }

    mutating func beginTurn() {
        watch.sample()
        turnBegan = Stopwatch.now
    }

    mutating func endTurn(of strategy: SyncStrategy) {
        watch.sample()
        turns[strategy, default: []].append((turnBegan, Stopwatch.now))
    }

    func load(of strategy: SyncStrategy) -> ForeignLoad? { watch.history.load(in: turns[strategy] ?? []) }

    /// Over the whole measurement.
    var all: ForeignLoad? { watch.history.load(from: began, to: Stopwatch.now) }

    /// Waits while others were busy in the last second, for as long as there is time to wait left.
    ///
    /// - Throws: `Calibrator.Stopped`.
    mutating func waitUntilQuiet() throws {
        guard let wait, !hasGivenUp else { return }
        let look = Stopwatch.nanoseconds(QuietWait.lookSeconds)
        while true {
            watch.sample()
            let now = Stopwatch.now
            if now - began >= look {
                let load = watch.history.load(from: now - look, to: now)
                switch wait.step(load, waited: waited) {
                case .go: return
                case .wait: break
                case .giveUp:
                    hasGivenUp = true
                    say(
                        "Other processes are still busy after \(Int(waited.rounded())) s. The calibration continues and "
                            + "discards the measurements that they disturb."
                    )
                    return
                }
            }
            if stop.isSet { throw Calibrator.Stopped() }
            Thread.sleep(forTimeInterval: Self.pause)
            waited += Self.pause
        }
    }
}
