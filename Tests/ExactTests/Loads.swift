import Simulator

/// Small loads, since debug builds play them.
enum Loads {
    static let serial = ExactLoad(name: "serial", servers: 3, operations: 16, connection: .leader)
    static let busy = ExactLoad(
        name: "busy",
        servers: 3,
        clients: 4,
        outstanding: 8,
        operations: 96,
        mix: ExactLoad.Mix(sets: 2, gets: 1, creates: 2, deletes: 1),
        connection: .followers
    )
}
