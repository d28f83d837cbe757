/// When answers to writes arrived, so that a silence among them can be found afterwards.
///
/// Answers that arrive less than `gap` apart are one run, of which the first and the last moment are kept: a silence
/// longer than that is exact to the nanosecond, a shorter one is not to be found. So a lane keeps at most 2,000 runs of
/// 16 bytes a second, however fast the answers come. Moments are CLOCK_MONOTONIC nanoseconds, one for each read from a
/// socket that brought answers to writes.
public struct WriteMoments: Sendable, Hashable {
    /// Nanoseconds.
    public static let gap: UInt64 = 500_000

    /// Answers without a silence between them.
    public struct Run: Sendable, Hashable {
        public var first: UInt64
        public var last: UInt64

        public init(first: UInt64, last: UInt64) {
            self.first = first
            self.last = last
        }
    }

    /// The first answer with a zxid of an epoch.
    public struct EpochStart: Sendable, Hashable {
        public var epoch: UInt32
        public var at: UInt64
    }

    /// From an answer to the next one.
    public struct Silence: Sendable, Hashable {
        public var from: UInt64
        public var to: UInt64
        public var nanoseconds: UInt64 { to - from }

        public init(from: UInt64, to: UInt64) {
            self.from = from
            self.to = to
        }
    }

    /// In the order of time.
    public private(set) var runs: [Run] = []
    /// In the order of time; each epoch once.
    public private(set) var epochs: [EpochStart] = []

    public init() {}

    /// Answers arrived; `now` does not go back.
    ///
    /// - Parameter zxid: the newest one among them.
    public mutating func note(_ now: UInt64, zxid: Int64) {
        note(now, epoch: UInt32(truncatingIfNeeded: zxid >> 32))
    }

    /// Answers arrived; `now` does not go back.
    ///
    /// - Parameter epoch: a number that each new leader makes greater, as the newest of the answers bears it: a zxid's epoch,
    ///   a term. 0 where they bear none.
    public mutating func note(_ now: UInt64, epoch: UInt32) {
        if let last = runs.last?.last, now <= last &+ Self.gap {
            runs[runs.count - 1].last = now
        } else {
            runs.append(Run(first: now, last: now))
        }
        if epoch > epochs.last?.epoch ?? 0 { epochs.append(EpochStart(epoch: epoch, at: now)) }
    }

    /// What several lanes saw, as one.
    public init(merging lanes: [WriteMoments]) {
        for run in lanes.flatMap(\.runs).sorted(by: { $0.first < $1.first }) {
            if let last = runs.last?.last, run.first <= last &+ Self.gap {
                runs[runs.count - 1].last = max(last, run.last)
            } else {
                runs.append(run)
            }
        }
        for start in lanes.flatMap(\.epochs).sorted(by: { ($0.at, $0.epoch) < ($1.at, $1.epoch) })
        where start.epoch > epochs.last?.epoch ?? 0 {
            epochs.append(start)
        }
    }

    /// The longest silence that ends after `from` and begins before `to`; nil where there is none that has ended.
    public func longestSilence(endingAfter from: UInt64, beginningBefore to: UInt64) -> Silence? {
        var longest: Silence?
        var index = firstRun(endingAtOrAfter: from)
        // The silence before the first run that touches the stretch counts too.
        if index > 0 { index -= 1 }
        while index + 1 < runs.count, runs[index].last < to {
            let silence = Silence(from: runs[index].last, to: runs[index + 1].first)
            if silence.to > from, silence.nanoseconds > longest?.nanoseconds ?? 0 { longest = silence }
            index += 1
        }
        return longest
    }

    /// The last answer before `time`; within a run of answers, `time` itself.
    public func last(before time: UInt64) -> UInt64? {
        let index = firstRun(endingAtOrAfter: time)
        if index < runs.count, runs[index].first < time { return time }
        return index > 0 ? runs[index - 1].last : nil
    }

    /// The first answer at or after `time`; within a run of answers, `time` itself.
    public func first(from time: UInt64) -> UInt64? {
        let index = firstRun(endingAtOrAfter: time)
        return index < runs.count ? max(runs[index].first, time) : nil
    }

    /// The newest epoch of which an answer had come by `time`; 0 if there was none.
    public func epoch(at time: UInt64) -> UInt32 { epochs.last { $0.at <= time }?.epoch ?? 0 }

    /// When the first answer of a later epoch than the one at `time` came.
    public func nextEpoch(after time: UInt64) -> UInt64? { epochStart(after: time)?.at }

    /// The first epoch of which an answer came later than `time`, and not before.
    public func epochStart(after time: UInt64) -> EpochStart? { epochs.first { $0.at > time } }

    private func firstRun(endingAtOrAfter time: UInt64) -> Int {
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].last < time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
