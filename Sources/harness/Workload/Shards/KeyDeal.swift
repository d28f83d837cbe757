/// Which of several ensembles, the shards, has which key: said by a hash of the key's name alone, so that it is the same in
/// every run, on every machine, and for whoever asks.
///
/// The hash is FNV-1a of 64 bits over the last part of the key's path (`k` and eight hexadecimal digits), its halves XORed,
/// modulo the number of shards. The run's own part of the path is not in it, since every run has another.
public struct KeyDeal: Sendable {
    public let shards: Int
    /// By key.
    private let owners: [UInt8]

    /// - Parameter shards: at most 256.
    init(keys: Int, shards: Int) {
        self.shards = shards
        owners = shards == 1 ? [] : (0..<keys).map { UInt8(Self.shard(of: $0, among: shards)) }
    }

    /// The shard that has `key`, from 0.
    @inline(__always)
    func shard(of key: Int) -> Int { shards == 1 ? 0 : Int(owners[key]) }

    /// The keys of a shard, ascending; nil where one has them all.
    func keys(of shard: Int) -> [Int]? {
        shards == 1 ? nil : owners.indices.filter { owners[$0] == UInt8(truncatingIfNeeded: shard) }
    }

    public static func shard(of key: Int, among shards: Int) -> Int {
        Int(hash("k" + HexDigits.text(UInt32(key))) % UInt32(shards))
    }

    static func hash(_ name: String) -> UInt32 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return UInt32(truncatingIfNeeded: hash >> 32 ^ hash)
    }
}
