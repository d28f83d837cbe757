extension MonitorReport {
    /// `srvr`'s lines, by the keys that `mntr` has for the same: all that a ZooKeeper tells whose whitelist is the
    /// usual one. There are role, version, zxid, znodes, connections and requests in it, and no counter of the log or
    /// of proposals.
    private static let summaryKeys = [
        "Zookeeper version": "zk_version", "Mode": "zk_server_state", "Zxid": "zk_last_applied_zxid",
        "Node count": "zk_znode_count", "Connections": "zk_num_alive_connections",
        "Outstanding": "zk_outstanding_requests", "Received": "zk_packets_received", "Sent": "zk_packets_sent",
    ]

    /// - Parameter text: an answer to `srvr`: lines of words, a colon and a value; other lines are skipped.
    public init(summary text: String) {
        var lines = ""
        for line in text.split(whereSeparator: { $0 == "\n" || $0 == "\r\n" }) {
            guard let colon = line.firstIndex(of: ":"), let key = Self.summaryKeys[String(line[..<colon])] else {
                continue
            }
            lines += "\(key)\t\(line[line.index(after: colon)...].drop { $0 == " " })\n"
        }
        self.init(parsing: lines)
    }
}
