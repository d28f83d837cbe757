/// Which local connection a session is on: session id to slot, open addressing, no allocation per operation.
///
/// Looked up once for every committed transaction on every server, so a Dictionary's SipHash would show.
package struct SessionSlots {
    private var keys: [Int64] = Array(repeating: 0, count: 64)
    private var values: [Int32] = Array(repeating: 0, count: 64)
    package private(set) var count = 0

    package init() {}
    private var mask = 63

    /// Session ids carry a clock in the middle and a counter below; multiplying spreads both over the upper bits.
    @inline(__always)
    private func bucket(_ key: Int64) -> Int {
        Int(truncatingIfNeeded: (UInt64(bitPattern: key) &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
    }

    /// The slot of a session; nil if it is on no connection here. Session ids are never 0.
    package subscript(session: Int64) -> Int32? {
        var index = bucket(session)
        while keys[index] != 0 {
            if keys[index] == session { return values[index] }
            index = (index + 1) & mask
        }
        return nil
    }

    package mutating func set(_ session: Int64, to slot: Int32) {
        if (count + 1) * 2 > keys.count { grow() }
        var index = bucket(session)
        while keys[index] != 0, keys[index] != session { index = (index + 1) & mask }
        if keys[index] == 0 { count += 1 }
        keys[index] = session
        values[index] = slot
    }

    package mutating func remove(_ session: Int64) {
        var index = bucket(session)
        while keys[index] != session {
            if keys[index] == 0 { return }
            index = (index + 1) & mask
        }
        count -= 1
        // Shift back what the hole would hide, so that no tombstones pile up.
        var hole = index
        var next = (index + 1) & mask
        while keys[next] != 0 {
            let home = bucket(keys[next])
            if (next &- home) & mask >= (next &- hole) & mask {
                keys[hole] = keys[next]
                values[hole] = values[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        keys[hole] = 0
    }

    private mutating func grow() {
        let old = (keys, values)
        keys = Array(repeating: 0, count: old.0.count * 2)
        values = Array(repeating: 0, count: old.0.count * 2)
        mask = keys.count - 1
        count = 0
        for (key, value) in zip(old.0, old.1) where key != 0 { set(key, to: value) }
    }
}
