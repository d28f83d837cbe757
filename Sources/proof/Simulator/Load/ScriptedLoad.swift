/// What clients do where they are told it, instead of drawing it: one load point.
public struct ScriptedLoad: Hashable, Sendable {
    public enum Connection: String, CaseIterable, Hashable, Sendable {
        /// Client by client to server by server.
        case spread
        case leader
        /// Server by server without the leader, if there is any other.
        case followers
    }

    /// How often each operation comes among the sum of all.
    public struct Mix: Hashable, Sendable {
        public var sets: Int
        public var gets: Int
        public var creates: Int
        public var deletes: Int

        public init(sets: Int = 1, gets: Int = 0, creates: Int = 0, deletes: Int = 0) {
            self.sets = sets
            self.gets = gets
            self.creates = creates
            self.deletes = deletes
        }

        var total: Int { sets + gets + creates + deletes }
    }

    public var name: String
    public var servers: Int
    public var clients: Int
    /// Requests of one client in flight.
    public var outstanding: Int
    /// Of each write that has data.
    public var payloadBytes: Int
    /// Of all clients together.
    public var operations: Int
    public var mix: Mix
    public var connection: Connection
    public var seed: UInt64

    public init(
        name: String,
        servers: Int = 3,
        clients: Int = 1,
        outstanding: Int = 1,
        payloadBytes: Int = 128,
        operations: Int = 256,
        mix: Mix = Mix(),
        connection: Connection = .spread,
        seed: UInt64 = 1
    ) {
        self.name = name
        self.servers = servers
        self.clients = clients
        self.outstanding = outstanding
        self.payloadBytes = payloadBytes
        self.operations = operations
        self.mix = mix
        self.connection = connection
        self.seed = seed
    }
}
