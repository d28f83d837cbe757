import Zab

/// Session ids and passwords as ZooKeeper makes them.
package enum SessionIdentity {
    /// The first id of a server's run: the server's id in the top byte, then 40 bits of clock, then a counter
    /// (`SessionTrackerImpl.initializeNextSessionId`). Never 0.
    package static func firstID(server: ServerID, wallClockMilliseconds: Int64) -> Int64 {
        let clock = (UInt64(bitPattern: wallClockMilliseconds) << 24) >> 8
        return Int64(bitPattern: UInt64(server.rawValue) << 56 | clock & 0x00ff_ffff_ffff_ffff) + 1
    }

    /// The server that gave this id out.
    package static func server(of id: Int64) -> ServerID { ServerID(UInt8(UInt64(bitPattern: id) >> 56)) }

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
