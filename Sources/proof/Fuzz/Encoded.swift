import Wire
import Zab

/// Bytes as the real encoders write them, for seeds.
enum Encoded {
    static func bytes(_ write: (ByteWriter) -> Void) -> [UInt8] {
        let writer = ByteWriter()
        write(writer)
        return Array(writer.bytes)
    }

    /// A frame of the quorum link, without its length.
    static func frame(_ frame: PeerFrame) -> [UInt8] { Array(bytes { frame.encode(into: $0) }.dropFirst(4)) }

    static func connect(session: Int64 = 0, password: [UInt8] = Array(repeating: 0, count: 16)) -> [UInt8] {
        bytes { ConnectRequest(timeout: 10_000, sessionID: session, password: password).encode(into: $0) }
    }

    /// A client's request, without the frame's length.
    static func request(_ xid: Int32, _ op: OpCode, _ body: (ByteWriter) -> Void = { _ in }) -> [UInt8] {
        bytes {
            $0.append(xid)
            $0.append(op.rawValue)
            body($0)
        }
    }

    static func createBody(_ path: String, _ data: [UInt8]?, _ mode: CreateMode, _ writer: ByteWriter) {
        writer.append(string: path)
        if let data { data.withUnsafeBytes { writer.append(buffer: $0) } } else { writer.appendNull() }
        ACL.encode(ACL.openUnsafe, into: writer)
        writer.append(mode.rawValue)
    }

    private static func multiHeader(_ op: Int32, done: Bool, _ writer: ByteWriter) {
        writer.append(op)
        writer.append(done)
        writer.append(Int32(-1))
    }

    /// Every request of a client, some of them wrong.
    static let requests: [[UInt8]] = [
        request(1, .create) { createBody("/a", [1, 2, 3], .persistent, $0) },
        request(2, .create2) { createBody("/a/b", nil, .persistentSequential, $0) },
        request(3, .create) { createBody("/e", [], .ephemeral, $0) },
        request(4, .create2) { createBody("/e/under", [9], .ephemeralSequential, $0) },
        request(5, .setData) {
            $0.append(string: "/a")
            $0.append(string: "data")
            $0.append(Int32(-1))
        },
        request(6, .getData) {
            $0.append(string: "/a")
            $0.append(true)
        },
        request(7, .exists) {
            $0.append(string: "/none")
            $0.append(true)
        },
        request(8, .getChildren2) {
            $0.append(string: "/")
            $0.append(true)
        },
        request(9, .getACL) { $0.append(string: "/a") },
        request(10, .setACL) {
            $0.append(string: "/a")
            ACL.encode(
                [
                    ACL(permissions: 31, scheme: "world", id: "anyone"),
                    ACL(permissions: 3, scheme: "ip", id: "127.0.0.1/8"),
                    ACL(permissions: 1, scheme: "digest", id: "user:hash"),
                ],
                into: $0
            )
            $0.append(Int32(-1))
        },
        request(11, .multi) {
            multiHeader(OpCode.create.rawValue, done: false, $0)
            createBody("/m", [7], .persistent, $0)
            multiHeader(OpCode.setData.rawValue, done: false, $0)
            $0.append(string: "/m")
            $0.append(string: "more")
            $0.append(Int32(0))
            multiHeader(OpCode.check.rawValue, done: false, $0)
            $0.append(string: "/m")
            $0.append(Int32(1))
            multiHeader(OpCode.delete.rawValue, done: false, $0)
            $0.append(string: "/m")
            $0.append(Int32(-1))
            multiHeader(-1, done: true, $0)
        },
        request(12, .delete) {
            $0.append(string: "/a/b0000000000")
            $0.append(Int32(-1))
        },
        request(13, .sync) { $0.append(string: "/") },
        request(ReservedXid.ping, .ping),
        request(ReservedXid.auth, .auth) {
            $0.append(Int32(0))
            $0.append(string: "digest")
            $0.append(string: "user:password")
        },
        request(ReservedXid.setWatches, .setWatches) {
            $0.append(Int64(0))
            for path in ["/a", "/b", "/"] {
                $0.append(Int32(1))
                $0.append(string: path)
            }
        },
        request(14, .createContainer) { createBody("/c", [1], .container, $0) },
        request(15, .createTTL) {
            createBody("/t-", nil, .persistentSequentialWithTTL, $0)
            $0.append(Int64(1))
        },
        request(16, .multi) {
            multiHeader(OpCode.create.rawValue, done: false, $0)
            createBody("/c/c", [7], .container, $0)
            multiHeader(OpCode.createTTL.rawValue, done: false, $0)
            createBody("/c/t", [7], .persistentWithTTL, $0)
            $0.append(Int64(50))
            multiHeader(-1, done: true, $0)
        },
        request(17, .create) { createBody("/zookeeper/quota/a", nil, .persistent, $0) },
        request(18, .create) {
            createBody(
                "/zookeeper/quota/a/zookeeper_limits",
                Array("count=9,bytes=5=;countHardLimit=3".utf8),
                .persistent,
                $0
            )
        },
        request(19, .create) { createBody("/zookeeper/quota/a/zookeeper_stats", [], .persistent, $0) },
        request(20, .setData) {
            $0.append(string: "/zookeeper/quota/a/zookeeper_stats")
            $0.append(string: "count=7;bytes=8,x=1")
            $0.append(Int32(-1))
        },
        request(21, .createContainer) { createBody("/a/container", [1, 2], .container, $0) },
        request(22, .delete) {
            $0.append(string: "/zookeeper/quota/a/zookeeper_limits")
            $0.append(Int32(-1))
        },
        request(23, .deleteContainer) { $0.append(string: "/c") },
        request(24, .whoAmI),
        request(25, .setACL) {
            $0.append(string: "/a")
            ACL.encode(
                [
                    ACL(permissions: 31, scheme: "auth", id: ""),
                    ACL(permissions: 1, scheme: "ip", id: "+10.0.-0.7/08"),
                    ACL(permissions: 31, scheme: "auth", id: ""), ACL(permissions: 2, scheme: "digest", id: "a:b::"),
                ],
                into: $0
            )
            $0.append(Int32(-1))
        },
        request(26, .closeSession),
    ]

    /// Those of ZooKeeper 3.6 that are about watches, and reads.
    static let requestsOfWatches: [[UInt8]] =
        [
            request(27, .addWatch) {
                $0.append(string: "/a")
                $0.append(AddWatchMode.persistent.rawValue)
            },
            request(28, .addWatch) {
                $0.append(string: "/")
                $0.append(AddWatchMode.persistentRecursive.rawValue)
            },
            request(ReservedXid.setWatches, .setWatches2) {
                $0.append(Int64(0))
                for path in ["/a", "/b", "/", "/a", "/none"] {
                    $0.append(Int32(1))
                    $0.append(string: path)
                }
            },
            request(29, .getEphemerals) { $0.append(string: "/e") },
            request(30, .getAllChildrenNumber) { $0.append(string: "/a") },
            request(31, .multiRead) {
                for (op, path) in [(OpCode.getData, "/a"), (.getChildren, "/"), (.getData, "/none")] {
                    multiHeader(op.rawValue, done: false, $0)
                    $0.append(string: path)
                    $0.append(true)
                }
                multiHeader(-1, done: true, $0)
            },
            request(32, .reconfig) {
                for _ in 0..<3 { $0.append(string: "") }
                $0.append(Int64(-1))
            },
            request(33, .sasl) { $0.append(string: "token") },
        ]
        + [OpCode.checkWatches, .removeWatches].flatMap { (op: OpCode) -> [[UInt8]] in
            ([1, 2, 3] as [Int32]).map { type in
                request(34, op) {
                    $0.append(string: "/a")
                    $0.append(type)
                }
            }
        }
}
