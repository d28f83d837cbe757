import Zab

/// Session passwords as ZooKeeper makes them.
package enum SessionIdentity {
    /// The 16 bytes that a client shows to get its session back: `java.util.Random` seeded with the id
    /// (`ZooKeeperServer.generatePasswd`). Every server derives the same without being told. As in ZooKeeper it keeps
    /// mistakes away, not attackers.
    package static func password(for id: Int64) -> [UInt8] {
        let mask: UInt64 = (1 << 48) - 1
        var seed = (UInt64(bitPattern: id ^ 0xB341_5C00) ^ 0x5_DEEC_E66D) & mask
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        for _ in 0..<4 {
            seed = (seed &* 0x5_DEEC_E66D &+ 0xB) & mask
            var word = UInt32(truncatingIfNeeded: seed >> 16)
            for _ in 0..<4 {
                bytes.append(UInt8(truncatingIfNeeded: word))
                word >>= 8
            }
        }
        return bytes
    }
}

/// The session ids that one server gives out: its own id's low byte on top, then 40 bits of clock, then a counter
/// (`SessionTrackerImpl.initializeNextSessionId`).
///
/// Servers whose ids have the same low byte, 1 and 257, may in ZooKeeper give out the same id. Here they share what is
/// below that byte: of a power of two of successive ids, as many as there are such servers or more, each has one. The
/// clock leaves the lowest 16 bits zero, so whatever the clocks show, they never meet.
package struct SessionShare: Hashable, Sendable {
    private let top: UInt64
    private let place: Int64
    /// From one id to the server's next.
    package let step: Int64

    /// - Parameter servers: the ensemble's, of which `server` is one. They must be the same wherever this is asked.
    package init(of server: ServerID, among servers: [ServerID]) {
        var alike: Int64 = 0
        var before: Int64 = 0
        for other in servers where (other.rawValue ^ server.rawValue) & 0xff == 0 {
            alike += 1
            if other < server { before += 1 }
        }
        var step: Int64 = 1
        if PlantedBug.sessionIDsMeet.isPlanted { (alike, before) = (1, 0) }
        while step < alike { step *= 2 }
        top = UInt64(bitPattern: server.rawValue) << 56
        place = before
        self.step = step
    }

    /// The first id of a server's run. Never 0.
    package func firstID(wallClockMilliseconds: Int64) -> Int64 {
        let clock = (UInt64(bitPattern: wallClockMilliseconds) << 24) >> 8
        return Int64(bitPattern: top | clock) + step + place
    }

    /// Whether the server may have given this id out.
    package func has(_ id: Int64) -> Bool { UInt64(bitPattern: id) & 0xff << 56 == top && id & (step - 1) == place }
}
