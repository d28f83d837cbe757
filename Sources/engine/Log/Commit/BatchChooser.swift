import DequeModule
import Wire

/// Decides which of the records that wait make the next group commit, as the policy wants. Times are nanoseconds of any
/// one clock, so that it can be tested without one.
struct BatchChooser {
    enum Choice {
        /// Nothing waits.
        case none
        /// These, now.
        case take([RecordBatch])
        /// Ask again then, or when more has come in.
        case wait(until: UInt64)
    }

    private static let adaptiveWaitMax: UInt64 = 1_000_000

    private let policy: BatchPolicy
    private var waiting: Deque<RecordBatch> = []
    /// When the first of what waits was seen.
    private var firstSeen: UInt64 = 0

    // For `adaptive`: averages over about the last eight.
    private var syncTime = 0.0
    private var recordsPerNanosecond = 0.0
    private var lastSyncEnd: UInt64 = 0
    private var arrived = 0
    private var lastTake: UInt64 = 0

    init(_ policy: BatchPolicy) { self.policy = policy }

    /// Batches that wait.
    var count: Int { waiting.count }

    mutating func add(_ batch: RecordBatch, at now: UInt64) {
        if waiting.isEmpty { firstSeen = now }
        waiting.append(batch)
        arrived += batch.count
    }

    mutating func dropAll() { waiting.removeAll() }

    /// - Parameter isUrgent: do not wait for more.
    mutating func next(at now: UInt64, isUrgent: Bool) -> Choice {
        guard !waiting.isEmpty else { return .none }
        switch policy {
        case .natural, .overlapped: return takeAll(at: now)
        case .each: return takeSome(records: 1, bytes: .max)
        case .count(let count): return takeSome(records: count, bytes: .max)
        case .bytes(let count): return takeSome(records: .max, bytes: count)
        case .delay(let microseconds):
            let due = firstSeen + UInt64(microseconds) * 1_000
            return isUrgent || now >= due ? takeAll(at: now) : .wait(until: due)
        case .adaptive:
            let due = firstSeen + adaptiveWait
            return isUrgent || now >= due ? takeAll(at: now) : .wait(until: due)
        }
    }

    /// A group commit has ended.
    mutating func noteSync(from begin: UInt64, to end: UInt64) {
        syncTime += (Double(end - begin) - syncTime) / 8
        lastSyncEnd = end
    }

    /// Nothing unless syncs follow one another without a pause: with a pause, waiting would only make the one who came
    /// first wait. And nothing if nobody is likely to come meanwhile.
    private var adaptiveWait: UInt64 {
        guard lastSyncEnd > 0, firstSeen < lastSyncEnd + UInt64(syncTime / 8) else { return 0 }
        let wait = min(syncTime / 2, Double(Self.adaptiveWaitMax))
        return recordsPerNanosecond * wait >= 1 ? UInt64(wait) : 0
    }

    private mutating func takeAll(at now: UInt64) -> Choice {
        if lastTake > 0, now > lastTake {
            recordsPerNanosecond += (Double(arrived) / Double(now - lastTake) - recordsPerNanosecond) / 8
        }
        lastTake = now
        arrived = 0
        defer { waiting.removeAll(keepingCapacity: true) }
        return .take(Array(waiting))
    }

    private mutating func takeSome(records: Int, bytes: Int) -> Choice {
        var taken: [RecordBatch] = []
        var (recordCount, byteCount, whole) = (0, 0, 0)
        for batch in waiting {
            guard recordCount < records, byteCount < bytes else { break }
            let (first, rest) = batch.split(records: records - recordCount, bytes: bytes - byteCount)
            // `split` gives one record at least, which may be too large for what is left.
            if byteCount > 0, byteCount + first.bytes.count > bytes { break }
            taken.append(first)
            recordCount += first.count
            byteCount += first.bytes.count
            if let rest {
                waiting[whole] = rest
                break
            }
            whole += 1
        }
        waiting.removeFirst(whole)
        return .take(taken)
    }
}
