import TestSupport
import Wire

extension Request {
    static func setACL(_ path: String, _ acl: [ACL], version: Int32 = -1) -> [UInt8] {
        make {
            $0.append(string: path)
            ACL.encode(acl, into: $0)
            $0.append(version)
        }
    }

    static func createTTL(_ path: String, data: [UInt8]? = [], flags: Int32 = 5, ttl: Int64) -> [UInt8] {
        create(path, data: data, flags: flags) + make { $0.append(ttl) }
    }

    static func createSession(timeout: Int32 = 30_000) -> [UInt8] { make { $0.append(timeout) } }

    static func multi(_ operations: [(OpCode, [UInt8])]) -> [UInt8] {
        make { writer in
            for (op, body) in operations {
                writer.append(op.rawValue)
                writer.append(false)
                writer.append(Int32(-1))
                body.withUnsafeBytes { writer.append(bytes: $0) }
            }
            writer.append(Int32(-1))
            writer.append(true)
            writer.append(Int32(-1))
        }
    }

    static func setWatches(
        since: Int64,
        data: [String] = [],
        exist: [String] = [],
        children: [String] = []
    ) -> [UInt8] {
        make { writer in
            writer.append(since)
            for list in [data, exist, children] {
                writer.append(Int32(list.count))
                for path in list { writer.append(string: path) }
            }
        }
    }

    static func setWatches2(
        since: Int64,
        data: [String] = [],
        exist: [String] = [],
        children: [String] = [],
        persistent: [String] = [],
        recursive: [String] = []
    ) -> [UInt8] {
        setWatches(since: since, data: data, exist: exist, children: children)
            + make { writer in
                for list in [persistent, recursive] {
                    writer.append(Int32(list.count))
                    for path in list { writer.append(string: path) }
                }
            }
    }

    /// addWatch with its mode, removeWatches and checkWatches with their type.
    static func watch(_ path: String, _ modeOrType: Int32) -> [UInt8] {
        make {
            $0.append(string: path)
            $0.append(modeOrType)
        }
    }

    static func path(_ path: String) -> [UInt8] { make { $0.append(string: path) } }
}
