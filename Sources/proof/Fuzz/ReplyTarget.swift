import Client
import Targets
import Wire

extension FuzzTarget {
    /// What a server sends to the harness: answers to requests, events, and the text of four-letter words.
    static let replies = FuzzTarget("replies") {
        func frame(_ xid: Int32, _ error: Int32, _ body: [UInt8]) -> [UInt8] {
            Encoded.bytes { writer in
                writer.append(Int32(16 + body.count))
                writer.append(xid)
                writer.append(Int64(9))
                writer.append(error)
                body.withUnsafeBytes { writer.append(bytes: $0) }
            }
        }
        let event = Encoded.bytes {
            $0.append(Int32(3))
            $0.append(Int32(3))
            $0.append(string: "/a")
        }
        let data = Encoded.bytes {
            $0.append(string: "data")
            Stat().encode(into: $0)
        }
        let report =
            "zk_version\t3.8.4-${mvngit.commit.id}, built on\nzk_server_state\tleader\nzk_avg_latency\t0.35\r\n"
            + "zab_epoch\t1e19\nzk_max_latency\t-1\nzk_znode_count\tnan\n"
        return [
            frame(1, 0, data) + frame(ReservedXid.watchEvent, 0, event) + frame(2, -101, []) + frame(-2, 0, []),
            Encoded.bytes { ConnectResponse(timeout: 4000, sessionID: 5, password: [1, 2]).encode(into: $0) },
            Array(report.utf8),
        ]
    } run: { bytes in
        var replies = ReplyCursor(bytes)
        while let next = try? replies.next() {
            precondition(replies.consumed <= bytes.count && next.body.count <= bytes.count)
            var reader = ByteReader(next.body)
            if next.xid == ReservedXid.watchEvent { _ = try? WatchEvent(from: &reader) }
            reader = ByteReader(next.body)
            _ = try? reader.string()
            _ = try? Stat(from: &reader)
            reader = ByteReader(next.body)
            if let count = try? reader.vectorCount(minimumSize: 4) {
                for _ in 0..<count { if (try? reader.string()) == nil { break } }
            }
        }
        var reader = ByteReader(bytes)
        if let response = try? ConnectResponse(from: &reader) { precondition(response.password.count <= bytes.count) }
        let report = MonitorReport(parsing: String(decoding: bytes, as: UTF8.self))
        for key in ["zk_version", "zk_avg_latency", "zab_epoch", "zk_max_latency", "zk_znode_count"] {
            _ = report.number(key)
            _ = report.hexadecimal(key)
        }
        _ = (report.isServing, report.isLeading, report.system, report.version)
    }
}
