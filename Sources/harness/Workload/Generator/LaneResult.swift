import Histogram

/// A second or less of the time series as one lane saw it.
struct LaneStretch: Sendable {
    /// The how-manieth stretch of its lane, from 0; the same in all lanes.
    var ordinal: Int
    var from: UInt64
    var to: UInt64
    var start: UInt64
    var isWarmUp: Bool
    /// The warm-up or the measured part ended with it.
    var isBorder: Bool
    var offered: Int
    var completed: Int
    var errors: Int
    var response: Histogram<UInt64>
    var sessionsConnected: Int
}

/// A lane's counters at one moment.
struct Counts: Sendable {
    var time: UInt64 = 0
    var completed = 0
    var writes = 0
    var errors = 0
    /// Processor time of the lane's thread.
    var processor: UInt64 = 0
}

/// What a lane's counters rose by in the measured part.
struct Measured: Sendable {
    private var first = Counts()
    private var last = Counts()
    private var plannedFirst = 0
    private var plannedLast = 0
    var unfinished = 0

    mutating func begin(_ counts: Counts, planned: Int) {
        first = counts
        last = counts
        plannedFirst = planned
        plannedLast = planned
    }

    mutating func end(_ counts: Counts, planned: Int) {
        last = counts
        plannedLast = planned
    }

    var seconds: Double { Double(last.time - first.time) / 1e9 }
    var planned: Int { plannedLast - plannedFirst }
    var completed: Int { last.completed - first.completed }
    var writes: Int { last.writes - first.writes }
    var processorSeconds: Double { Double(last.processor - first.processor) / 1e9 }
}

/// A time in which a lane got no answer.
struct Silence: Sendable {
    /// Shorter ones are not kept, nanoseconds.
    static let shortest: UInt64 = 20_000_000
    var from: UInt64
    var to: UInt64

    /// The longest time that lies in a silence of every lane.
    static func longestCommon(_ lanes: [[Silence]]) -> UInt64 {
        guard var common = lanes.first else { return 0 }
        for other in lanes.dropFirst() {
            common = common.flatMap { mine in
                other.compactMap { theirs in
                    let from = max(mine.from, theirs.from)
                    let to = min(mine.to, theirs.to)
                    return to > from ? Silence(from: from, to: to) : nil
                }
            }
        }
        return common.map { $0.to - $0.from }.max() ?? 0
    }
}

/// What one lane measured.
struct LaneResult: Sendable {
    var measured: Measured
    /// When its load began, warm-up included.
    var loadStartedAt: UInt64
    var startedAt: UInt64
    var response: Histogram<UInt64>
    var reads: Histogram<UInt64>
    var writes: Histogram<UInt64>
    var service: Histogram<UInt64>
    var errorCounts: [Int]
    var outages: [Outage]
    var silences: [Silence]
    var silenceMax: UInt64
    var traces: TraceSampler
    var moments: WriteMoments
    var refusedWrites: [UInt64]
    var turnMarks: [TurnMark] = []
    var answers = AnswerLog()
}
