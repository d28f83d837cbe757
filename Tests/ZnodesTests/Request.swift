import Wire

/// Request bodies, as clients encode them.
enum Request {
    static func make(_ body: (ByteWriter) -> Void) -> [UInt8] {
        let writer = ByteWriter()
        body(writer)
        return Array(writer.bytes)
    }

    static func create(
        _ path: String,
        data: [UInt8]? = [],
        acl: [ACL] = ACL.openUnsafe,
        flags: Int32 = 0
    ) -> [UInt8] {
        make {
            $0.append(string: path)
            append(data, to: $0)
            ACL.encode(acl, into: $0)
            $0.append(flags)
        }
    }

    static func setData(_ path: String, _ data: [UInt8]? = [], version: Int32 = -1) -> [UInt8] {
        make {
            $0.append(string: path)
            append(data, to: $0)
            $0.append(version)
        }
    }

    /// Also check, which has the same form.
    static func delete(_ path: String, version: Int32 = -1) -> [UInt8] {
        make {
            $0.append(string: path)
            $0.append(version)
        }
    }

    static func setACL(_ path: String, _ acl: [ACL], version: Int32 = -1) -> [UInt8] {
        make {
            $0.append(string: path)
            ACL.encode(acl, into: $0)
            $0.append(version)
        }
    }

    static func read(_ path: String, watch: Bool = false) -> [UInt8] {
        make {
            $0.append(string: path)
            $0.append(watch)
        }
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

    private static func append(_ data: [UInt8]?, to writer: ByteWriter) {
        guard let data else { return writer.appendNull() }
        data.withUnsafeBytes { writer.append(buffer: $0) }
    }
}

func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}

func bytes(hex: String) -> [UInt8] {
    let digits = Array(hex.utf8)
    return stride(from: 0, to: digits.count, by: 2).map { index in
        UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16)!
    }
}

/// SplitMix64: the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
