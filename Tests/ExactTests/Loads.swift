import Simulator

@testable import Exact

/// Small loads, since debug builds play them.
enum Loads {
    static let serial = ScriptedLoad(name: "serial", servers: 3, operations: 16, connection: .leader)
    static let busy = ScriptedLoad(
        name: "busy",
        servers: 3,
        clients: 4,
        outstanding: 8,
        operations: 96,
        mix: ScriptedLoad.Mix(sets: 2, gets: 1, creates: 2, deletes: 1),
        connection: .followers
    )

    static func counts(of load: ScriptedLoad) throws(LoadRunError) -> ExactCounts {
        ExactCounts(try LoadRun.play(load))
    }
}
