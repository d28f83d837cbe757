import Simulator
import Workload

/// The load points of the exact tier, as a YAML file names them.
public struct ExactWorkload: Hashable, Sendable {
    public var name: String
    public var loads: [ScriptedLoad]

    private enum Keys {
        static let top = ["name", "description", "seed", "load"]
        static let load = [
            "name", "servers", "clients", "outstanding", "payload_bytes", "operations", "mix", "connect_to",
        ]
        static let mix = ["set", "get", "create", "delete"]
    }

    /// Reads the file at `path`.
    ///
    /// - Throws: `WorkloadError` naming file and line, and what is allowed there.
    public init(path: String) throws(WorkloadError) {
        try self.init(yaml: try WorkloadFile.contents(of: path), source: path)
    }

    /// - Parameter source: what errors call the text: the file's path.
    public init(yaml: String, source: String) throws(WorkloadError) {
        let top = try SettingTable(
            try Setting.parse(yaml: yaml, source: source),
            path: "",
            source: source,
            keys: Keys.top
        )
        name = try top.word("name", default: "exact")
        _ = try top.text("description", default: "")
        let seed = UInt64(try top.integer("seed", in: 0...Int.max, default: 1))
        guard let points = top.setting("load"), case .list(let list) = points.value, !list.isEmpty else {
            throw top.error("load", "a list of load points expected, each with a name")
        }
        loads = []
        for (index, setting) in list.enumerated() {
            let table = try SettingTable(setting, path: "load[\(index)]", source: source, keys: Keys.load)
            guard table.has("name") else { throw table.error("name", "each load point needs a name") }
            let point = try Self.load(table, seed: seed)
            let sizes = try table.integers("servers", in: 1...13, default: 3)
            for size in sizes {
                var load = point
                load.servers = size
                if sizes.count > 1 { load.name += "_\(size)" }
                guard !loads.contains(where: { $0.name == load.name }) else {
                    throw table.error("name", "two load points are named \(load.name)")
                }
                loads.append(load)
            }
        }
    }

    private static func mix(_ table: SettingTable) throws(WorkloadError) -> ScriptedLoad.Mix {
        guard let setting = table.setting("mix") else { return ScriptedLoad.Mix() }
        let weights = try SettingTable(setting, path: "\(table.path).mix", source: table.source, keys: Keys.mix)
        let mix = ScriptedLoad.Mix(
            sets: try weights.integer("set", in: 0...1000, default: 0),
            gets: try weights.integer("get", in: 0...1000, default: 0),
            creates: try weights.integer("create", in: 0...1000, default: 0),
            deletes: try weights.integer("delete", in: 0...1000, default: 0)
        )
        guard mix.sets + mix.gets + mix.creates + mix.deletes > 0 else {
            throw table.error("mix", "at least one of \(Keys.mix.joined(separator: ", ")) must be above 0")
        }
        return mix
    }

    private static func load(_ table: SettingTable, seed: UInt64) throws(WorkloadError) -> ScriptedLoad {
        let clients = try table.integer("clients", in: 1...256, default: 1)
        return ScriptedLoad(
            name: try table.word("name", default: ""),
            clients: clients,
            outstanding: try table.integer("outstanding", in: 1...1024, default: 1),
            payloadBytes: try table.integer("payload_bytes", in: 0...500_000, default: 128),
            // Fewer than one for each client is no load; more take longer than the virtual time that a run may last.
            operations: try table.integer("operations", in: clients...20_000, default: max(clients, 256)),
            mix: try mix(table),
            connection: try table.choice("connect_to", default: .spread),
            seed: seed
        )
    }
}
