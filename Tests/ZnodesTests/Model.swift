import Wire

/// The tree and its rules again, with dictionaries and without care for speed: each request is done at once, so there
/// is nothing outstanding to get wrong.
struct Model {
    struct Node: Equatable {
        var data: [UInt8]?
        var acl: [ACL]
        var stat: Stat
        /// Creates below it; the Stat shows creates and deletes.
        var creates: Int32 = 0
        /// Milliseconds; nil: no TTL node.
        var ttl: Int64?
        var isContainer = false
    }

    var nodes: [String: Node] = [:]
    var sessions: [Int64: Int32] = [:]

    init() {
        for path in ["/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"] {
            nodes[path] = Node(data: [], acl: ACL.openUnsafe, stat: Stat())
        }
        nodes["/zookeeper/config"]!.acl = [ACL(permissions: 1, scheme: "world", id: "anyone")]
        nodes["/zookeeper/config"]!.stat.aversion = -1
    }

    static func parent(_ path: String) -> String {
        let cut = path.lastIndex(of: "/")!
        return cut == path.startIndex ? "/" : String(path[..<cut])
    }

    func children(_ path: String) -> [String] {
        nodes.keys.filter { $0 != "/" && Self.parent($0) == path }.sorted()
    }

    /// The node's Stat as clients see it.
    func stat(_ path: String) -> Stat? {
        guard let node = nodes[path] else { return nil }
        var stat = node.stat
        stat.dataLength = Int32(node.data?.count ?? 0)
        stat.numChildren = Int32(children(path).count)
        stat.cversion = node.creates &* 2 &- stat.numChildren
        return stat
    }

    /// The containers and TTL nodes that may go.
    func sweepable(at time: Int64) -> [String] {
        nodes.filter { path, node in
            let isDue = node.ttl.map { time - node.stat.mtime > $0 } ?? (node.isContainer && node.creates > 0)
            return isDue && children(path).isEmpty
        }.keys.sorted()
    }

    mutating func remove(_ path: String, zxid: Int64) {
        let size = nodes[path]!.data?.count ?? 0
        nodes[path] = nil
        nodes[Self.parent(path)]!.stat.pzxid = zxid
        count(path, nodes: -1, bytes: -size)
    }

    // MARK: quotas

    private static let quotas = "/zookeeper/quota"

    private static func isPrefix(_ quota: String, of path: String) -> Bool {
        path == quota || path.hasPrefix(quota + "/")
    }

    /// Adds to the statistics of the deepest quota that the path is of, if there are any that can be read.
    private mutating func count(_ path: String, nodes count: Int, bytes: Int) {
        let limits = nodes.keys.filter { $0.hasPrefix(Self.quotas + "/") && $0.hasSuffix("/zookeeper_limits") }
        let paths = limits.map { $0.dropFirst(Self.quotas.count).dropLast("/zookeeper_limits".count) }
        guard let deepest = paths.filter({ Self.isPrefix(String($0), of: path) }).max(by: { $0.count < $1.count }),
            let text = nodes[Self.quotas + deepest + "/zookeeper_stats"]?.data
        else { return }
        // Random data are no figures, unless there is nothing in them but separators.
        let isEmpty = text.allSatisfy { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ";") }
        let words = isEmpty ? "count=-1,bytes=-1" : String(decoding: text, as: UTF8.self)
        let parts = words.split(separator: ",").map { $0.split(separator: "=") }
        guard parts.count == 2, parts[0].first == "count", parts[1].first == "bytes" else { return }
        let figures = [Int(parts[0][1])! + count, Int(parts[1][1])! + bytes]
        nodes[Self.quotas + deepest + "/zookeeper_stats"]!.data = Array("count=\(figures[0]),bytes=\(figures[1])".utf8)
    }

    /// What there is at the path and below, if this is the node of its quota's statistics.
    private mutating func countAll(for statistics: String) {
        guard statistics.hasPrefix(Self.quotas + "/"), statistics.hasSuffix("/zookeeper_stats") else { return }
        let quota = String(statistics.dropFirst(Self.quotas.count).dropLast("/zookeeper_stats".count))
        let below = nodes.filter { Self.isPrefix(quota, of: $0.key) }
        let bytes = below.values.reduce(0) { $0 + ($1.data?.count ?? 0) }
        nodes[statistics]!.data = Array("count=\(below.count),bytes=\(bytes)".utf8)
    }

    mutating func perform(_ op: OpCode, _ body: [UInt8], session: Int64, zxid: Int64, time: Int64) -> ErrorCode {
        if op == .createSession {
            sessions[session] = read(body) { reader throws(WireError) -> Int32 in try reader.int32() }
            return .ok
        }
        guard sessions[session] != nil else { return .sessionExpired }
        if op == .closeSession {
            for (path, node) in nodes where node.stat.ephemeralOwner == session { remove(path, zxid: zxid) }
            sessions[session] = nil
            return .ok
        }
        let before = self
        let result = read(body) { reader throws(WireError) -> ErrorCode in
            if op != .multi { return try performOne(op, &reader, session, zxid, time) }
            while true {
                let type = try reader.int32()
                let isDone = try reader.bool()
                _ = try reader.int32()
                if isDone { return .ok }
                let result = try performOne(OpCode(rawValue: type)!, &reader, session, zxid, time, inMulti: true)
                if result != .ok { return result }
            }
        }
        if result != .ok { self = before }
        return result
    }

    private func read<T>(_ body: [UInt8], _ decode: (inout ByteReader) throws(WireError) -> T) -> T {
        body.withUnsafeBytes {
            var reader = ByteReader($0)
            return try! decode(&reader)
        }
    }

    private mutating func performOne(
        _ op: OpCode,
        _ reader: inout ByteReader,
        _ session: Int64,
        _ zxid: Int64,
        _ time: Int64,
        inMulti: Bool = false
    ) throws(WireError) -> ErrorCode {
        let path = try reader.string()
        switch op {
        case .create, .create2, .createContainer, .createTTL:
            let data = try reader.buffer().map(Array.init)
            let acl = try ACL.decodeList(from: &reader)
            let mode = CreateMode(rawValue: try reader.int32())!
            let ttl = op == .createTTL ? try reader.int64() : nil
            var op = op
            if inMulti {
                if mode.hasTTL, ttl == nil { return .marshallingError }
                op = mode.hasTTL ? .createTTL : mode == .container ? .createContainer : .create
            }
            if mode.hasTTL || op == .createTTL {
                guard op == .createTTL, mode.hasTTL, let ttl, ttl > 0, ttl < 1 << 40 else { return .badArguments }
            }
            let result = create(path, data, acl, mode, op, session, zxid, time)
            if result.code == .ok, op == .createTTL { nodes[result.path]!.ttl = ttl }
            return result.code
        case .delete:
            let version = try reader.int32()
            guard let node = nodes[path] else { return .noNode }
            if version != -1, version != node.stat.version { return .badVersion }
            if !children(path).isEmpty { return .notEmpty }
            remove(path, zxid: zxid)
        case .setData:
            let data = try reader.buffer().map(Array.init)
            let version = try reader.int32()
            guard let node = nodes[path] else { return .noNode }
            if version != -1, version != node.stat.version { return .badVersion }
            nodes[path]!.data = data
            nodes[path]!.stat.version += 1
            nodes[path]!.stat.mzxid = zxid
            nodes[path]!.stat.mtime = time
            count(path, nodes: 0, bytes: (data?.count ?? 0) - (node.data?.count ?? 0))
        case .setACL:
            let acl = try ACL.decodeList(from: &reader)
            let version = try reader.int32()
            guard let node = nodes[path] else { return .noNode }
            if version != -1, version != node.stat.aversion { return .badVersion }
            nodes[path]!.acl = acl
            nodes[path]!.stat.aversion += 1
        default:
            let version = try reader.int32()
            guard let node = nodes[path] else { return .noNode }
            if version != -1, version != node.stat.version { return .badVersion }
        }
        return .ok
    }

    private mutating func create(
        _ path: String,
        _ data: [UInt8]?,
        _ acl: [ACL],
        _ mode: CreateMode,
        _ op: OpCode,
        _ session: Int64,
        _ zxid: Int64,
        _ time: Int64
    ) -> (code: ErrorCode, path: String) {
        let parent = Self.parent(path)
        guard let above = nodes[parent] else { return (.noNode, path) }
        var path = path
        if mode.isSequential {
            let digits = String(above.creates)
            path += String(repeating: "0", count: 10 - digits.count) + digits
        }
        if nodes[path] != nil { return (.nodeExists, path) }
        if above.stat.ephemeralOwner != 0 { return (.noChildrenForEphemerals, path) }
        nodes[parent]!.creates += 1
        nodes[parent]!.stat.pzxid = zxid
        var stat = Stat()
        (stat.czxid, stat.mzxid, stat.pzxid, stat.ctime, stat.mtime) = (zxid, zxid, zxid, time, time)
        let isContainer = op == .createContainer
        stat.ephemeralOwner = mode.isEphemeral && !isContainer ? session : 0
        nodes[path] = Node(data: data, acl: acl, stat: stat, isContainer: isContainer)
        countAll(for: path)
        count(path, nodes: 1, bytes: data?.count ?? 0)
        return (.ok, path)
    }
}
