import Wire

extension MonitorReport {
    /// `srvr`'s lines, by the keys that `mntr` has for the same: all that a ZooKeeper tells whose whitelist is the
    /// usual one. There are role, version, zxid, znodes, connections and requests in it, and no counter of the log or
    /// of proposals.
    private static let summaryKeys: [String: Telemetry.MonitorKey] = [
        "Zookeeper version": .version, "Mode": .state, "Zxid": .lastApplied,
        "Node count": .znodes, "Connections": .connections,
        "Outstanding": .outstandingRequests, "Received": .packetsReceived, "Sent": .packetsSent,
    ]

    /// - Parameter text: an answer to `srvr`: lines of words, a colon and a value; other lines are skipped.
    public init(summary text: String) {
        var lines = ""
        for line in text.split(whereSeparator: { $0 == "\n" || $0 == "\r\n" }) {
            guard let colon = line.firstIndex(of: ":"), let key = Self.summaryKeys[String(line[..<colon])] else {
                continue
            }
            lines += Telemetry.monitorLine(key.rawValue, String(line[line.index(after: colon)...].drop { $0 == " " }))
        }
        self.init(parsing: lines)
    }
}
