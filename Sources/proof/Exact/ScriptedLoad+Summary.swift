import Simulator

extension ScriptedLoad {
    /// Everything but the name, in one line: counts of unlike loads do not compare.
    var summary: String {
        "servers \(servers), clients \(clients), outstanding \(outstanding), payload_bytes \(payloadBytes), "
            + "operations \(operations), set \(mix.sets), get \(mix.gets), create \(mix.creates), delete \(mix.deletes), "
            + "connect_to \(connection.rawValue), seed \(seed)"
    }
}
