import Log
import Randomness
import TestSupport
import Wire
import Zab

/// A transaction as the tests know it.
struct Item: Hashable {
    var zxid: Zxid
    var payload: [UInt8]
}

extension RecordBatch {
    /// A batch of records whose payloads follow from their zxids (and `salt`).
    static func make(_ zxids: [Zxid], chain: UInt32, payloadSize: Int = 40, salt: UInt8 = 0) -> RecordBatch {
        make(zxids, chain: chain) { zxid, writer in
            for byte in payload(of: zxid, size: payloadSize, salt: salt) { writer.append(byte) }
        }
    }

    static func payload(of zxid: Zxid, size: Int, salt: UInt8) -> [UInt8] {
        var random = SplitMix64(seed: zxid.rawValue &* 31 &+ UInt64(salt))
        return (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    var items: [Item] {
        var items: [Item] = []
        forEachRecord { items.append(Item(zxid: $0, payload: Array($1))) }
        return items
    }
}

/// What a log may hold: what was written, and how much of it must be there.
struct History {
    /// The log began after this; trimming may have moved the beginning up to `baseMax`.
    var origin = LogPosition.zero
    var baseMax = Zxid.zero
    var items: [Item] = []
    var chains: [UInt32] = []
    var durableCount = 0
    /// How many of these the newest synced group knows to be durable.
    private(set) var witnessedCount = 0
    private var witnessedByNewest = 0

    init(origin: LogPosition = .zero) {
        self.origin = origin
        baseMax = origin.zxid
    }

    var position: LogPosition {
        items.isEmpty ? origin : LogPosition(zxid: items.last!.zxid, chain: chains.last!)
    }

    func position(at zxid: Zxid) -> LogPosition {
        let index = items.firstIndex { $0.zxid == zxid }
        return index.map { LogPosition(zxid: zxid, chain: chains[$0]) } ?? origin
    }

    mutating func append(_ batch: RecordBatch) {
        witnessedByNewest = durableCount
        batch.forEachRecord { zxid, payload in
            let record = payload.baseAddress! - RecordLayout.headerSize
            items.append(Item(zxid: zxid, payload: Array(payload)))
            chains.append(
                UInt32(bigEndian: record.loadUnaligned(as: UInt32.self))
            )
        }
    }

    mutating func sync() {
        durableCount = items.count
        witnessedCount = witnessedByNewest
    }

    func cut(after zxid: Zxid) -> History {
        var shorter = self
        let count = items.firstIndex { $0.zxid > zxid } ?? items.count
        shorter.items.removeLast(items.count - count)
        shorter.chains.removeLast(chains.count - count)
        shorter.durableCount = count
        shorter.witnessedCount = min(witnessedCount, count)
        shorter.witnessedByNewest = shorter.witnessedCount
        return shorter
    }

    /// Why what was recovered is not something that this history may leave; nil if it is.
    func objection(to found: [Item], base: Zxid, chain: UInt32) -> String? {
        guard base >= origin.zxid, base <= baseMax else { return "base \(base), not \(origin.zxid)...\(baseMax)" }
        let skipped = items.firstIndex { $0.zxid > base } ?? items.count
        let all = found.count + skipped
        guard all >= durableCount else { return "\(all) records of \(durableCount) synced ones" }
        guard all <= items.count, Array(items[skipped..<all]) == found else { return "records that were never written" }
        let expected = all == 0 ? origin.chain : chains[all - 1]
        guard chain == expected else { return "chain \(chain), not \(expected)" }
        return nil
    }
}

extension TransactionLog {
    func items() throws -> [Item] {
        var items: [Item] = []
        try forEachBatch(after: base) { items += $0.items }
        return items
    }
}

/// The evidence that `body` throws; nil if it throws anything else, or nothing.
func corruption(_ body: () throws -> Void) -> Corruption? {
    do {
        try body()
    } catch let error as LogError {
        if case .corrupt(let corruption) = error { return corruption }
    } catch {}
    return nil
}
