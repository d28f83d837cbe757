/// Where the servers of one shard sit: each on one of the hosts that all shards share. Ids turn from shard to shard, since a
/// fresh ensemble elects the voter with the greatest id: so no two shards have their leader on one host, as long as there are
/// no more shards than voters.
///
/// On one machine the hosts are seats in name alone; the first one has the first server of each shard.
struct ShardSeats: Sendable, Hashable {
    var voters: Int
    var observers: Int
    /// From 0.
    var shard: Int

    /// The seat, from 0, of the server with an id in its own ensemble, from 1.
    func seat(of id: Int) -> Int {
        guard id <= voters else { return id - 1 }
        return ((id - 1 - shard) % voters + voters) % voters
    }

    /// Among all servers of all shards, from 1: shard by shard, and within it by seat.
    func commonID(of id: Int) -> Int { shard * (voters + observers) + seat(of: id) + 1 }

    /// What each server of the shard has of things that lie at the seats in turn, by id.
    func dealt<Thing>(_ things: [Thing]) -> [Thing] {
        things.isEmpty ? [] : (1...(voters + observers)).map { things[seat(of: $0) % things.count] }
    }
}
