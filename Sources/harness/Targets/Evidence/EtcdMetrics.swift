import Wire

/// What etcd counts, as its `/metrics` says it: lines of name, labels and value.
public struct EtcdMetrics: Sendable, Equatable {
    private var values: [String: Double] = [:]

    /// Series of one name and several labels are added up; buckets of histograms, which nobody here asks for, are skipped.
    public init(parsing text: String) {
        for line in text.utf8.split(separator: 0x0a) where line.first != 0x23 {
            guard let space = line.lastIndex(of: 0x20) else { continue }
            let name = line[..<(line.firstIndex { $0 == 0x7b || $0 == 0x20 } ?? space)]
            guard !name.elementsEqualSuffix("_bucket".utf8),
                let value = Double(Substring(line[line.index(after: space)...]))
            else { continue }
            values[String(Substring(name)), default: 0] += value
        }
    }

    public subscript(_ name: String) -> Double? { values[name] }
}

extension Substring.UTF8View {
    fileprivate func elementsEqualSuffix(_ end: some BidirectionalCollection<UInt8>) -> Bool {
        suffix(end.count).elementsEqual(end)
    }
}

extension EtcdMetrics {
    /// By the keys that our servers have for the same. What etcd does not count is absent.
    var monitorValues: [String: String] {
        var values: [String: String] = [:]
        func set(_ key: MonitorReport.Key, _ value: Double?) {
            guard let value, value >= 0, value < 1e18 else { return }
            values[key.rawValue] = String(UInt64(value))
        }
        func sum(_ one: String, _ other: String) -> Double? {
            guard let first = self[one] else { return nil }
            return first + (self[other] ?? 0)
        }
        set(.syncs, self["etcd_disk_wal_fsync_duration_seconds_count"])
        set(.syncMicroseconds, self["etcd_disk_wal_fsync_duration_seconds_sum"].map { $0 * 1e6 })
        set(.logBytesWritten, self["etcd_disk_wal_write_bytes_total"])
        set(.proposals, self["etcd_server_proposals_committed_total"])
        set(.commits, self["etcd_server_proposals_applied_total"])
        // A single server has no peers, and no counter of theirs.
        set(.bytesIn, sum("etcd_network_client_grpc_received_bytes_total", "etcd_network_peer_received_bytes_total"))
        set(.bytesOut, sum("etcd_network_client_grpc_sent_bytes_total", "etcd_network_peer_sent_bytes_total"))
        set(.outstandingRequests, self["etcd_server_proposals_pending"])
        set(.znodes, self["etcd_debugging_mvcc_keys_total"])
        set(.residentBytes, self["process_resident_memory_bytes"])
        set(.cpuMicroseconds, self["process_cpu_seconds_total"].map { $0 * 1e6 })
        return values
    }
}
