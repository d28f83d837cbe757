import Wire
import Zab

/// What a simulated client asks for.
///
/// Paths must be valid, data short: the checker keeps all of it until the seed is done.
enum ClientOperation: Hashable, Sendable {
    /// `version` -1 matches every version, here and below.
    case setData(path: String, data: [UInt8]?, version: Int32 = -1)
    /// With `sequential`, `path` is what stands before the number.
    case create(
        path: String,
        data: [UInt8]?,
        ephemeral: Bool = false,
        sequential: Bool = false,
        acl: [ACL] = ACL.openUnsafe,
        wantsStat: Bool = true
    )
    /// A container; with `ttl`, in milliseconds, a TTL node.
    case createSwept(path: String, data: [UInt8]?, ttl: Int64?)
    case delete(path: String, version: Int32 = -1)
    /// Only in a multi.
    case check(path: String, version: Int32 = -1)
    /// Of setData, create, delete and check; with anything else in it the bytes are no multi.
    case multi([ClientOperation])
    /// `version` is that of the access list.
    case setACL(path: String, acl: [ACL], version: Int32 = -1)
    case getACL(path: String)
    case getData(path: String, watch: Bool = false)
    case exists(path: String, watch: Bool = false)
    case getChildren(path: String, watch: Bool = false, wantsStat: Bool = true)
    case sync(path: String = "/")
    case setWatches(relativeZxid: Zxid, data: [String], exist: [String], children: [String])
    case closeSession
    case ping
    case more(MoreOperation)

    /// Whether it becomes a transaction if it succeeds.
    var isWrite: Bool {
        switch self {
        case .setData, .create, .createSwept, .delete, .check, .multi, .setACL, .closeSession: true
        case .getData, .exists, .getChildren, .getACL, .sync, .setWatches, .ping, .more: false
        }
    }

    /// Whether it writes data, which no other operation of any client writes.
    var hasData: Bool {
        switch self {
        // A quota's nodes have the same few texts again and again.
        case .create(let path, _, _, _, _, _) where path.hasPrefix("/zookeeper/"): false
        case .setData, .create, .createSwept: true
        case .multi(let parts): parts.contains { $0.hasData }
        default: false
        }
    }

    /// The code for the request header.
    var code: OpCode {
        switch self {
        case .setData: .setData
        case .create(_, _, _, _, _, let wantsStat): wantsStat ? .create2 : .create
        case .createSwept(_, _, let ttl): ttl == nil ? .createContainer : .createTTL
        case .delete: .delete
        case .check: .check
        case .multi: .multi
        case .getData: .getData
        case .exists: .exists
        case .getChildren(_, _, let wantsStat): wantsStat ? .getChildren2 : .getChildren
        case .setACL: .setACL
        case .getACL: .getACL
        case .sync: .sync
        case .setWatches: .setWatches
        case .closeSession: .closeSession
        case .ping: .ping
        case .more(let operation): operation.code
        }
    }

    /// Appends the request's frame: length, RequestHeader (`xid`, `code`), body.
    func encodeFrame(xid: Int32, into writer: ByteWriter) {
        let start = writer.count
        writer.append(Int32(0))
        writer.append(xid)
        writer.append(code.rawValue)
        encodeBody(into: writer)
        writer.set(Int32(writer.count - start - 4), at: start)
    }

    /// Appends the request's record, without RequestHeader.
    func encodeBody(into writer: ByteWriter) {
        switch self {
        case .setData(let path, let data, let version):
            writer.append(string: path)
            Self.append(data, to: writer)
            writer.append(version)
        case .create(let path, let data, let ephemeral, let sequential, let acl, _):
            writer.append(string: path)
            Self.append(data, to: writer)
            ACL.encode(acl, into: writer)
            writer.append(Int32((ephemeral ? 1 : 0) + (sequential ? 2 : 0)))
        case .createSwept(let path, let data, let ttl):
            writer.append(string: path)
            Self.append(data, to: writer)
            ACL.encode(ACL.openUnsafe, into: writer)
            writer.append((ttl == nil ? CreateMode.container : .persistentWithTTL).rawValue)
            if let ttl { writer.append(ttl) }
        case .delete(let path, let version), .check(let path, let version):
            writer.append(string: path)
            writer.append(version)
        case .multi(let operations):
            for operation in operations {
                writer.append(operation.code.rawValue)
                writer.append(false)
                writer.append(Int32(-1))
                operation.encodeBody(into: writer)
            }
            writer.append(Int32(-1))
            writer.append(true)
            writer.append(Int32(-1))
        case .getData(let path, let watch), .exists(let path, let watch), .getChildren(let path, let watch, _):
            writer.append(string: path)
            writer.append(watch)
        case .setACL(let path, let acl, let version):
            writer.append(string: path)
            ACL.encode(acl, into: writer)
            writer.append(version)
        case .sync(let path), .getACL(let path):
            writer.append(string: path)
        case .setWatches(let relativeZxid, let data, let exist, let children):
            writer.append(relativeZxid.rawValue)
            for list in [data, exist, children] {
                writer.append(Int32(list.count))
                for path in list { writer.append(string: path) }
            }
        case .more(let operation): operation.encodeBody(into: writer)
        case .closeSession, .ping: break
        }
    }

    private static func append(_ data: [UInt8]?, to writer: ByteWriter) {
        guard let data else { return writer.appendNull() }
        data.withUnsafeBytes { writer.append(buffer: $0) }
    }
}

extension ClientOperation: CustomStringConvertible {
    var description: String {
        switch self {
        case .setData(let path, let data, let version): "setData \(path) \(Self.show(data)) v\(version)"
        case .create(let path, let data, let ephemeral, let sequential, let acl, _):
            "create \(path)\(ephemeral ? " ephemeral" : "")\(sequential ? " sequential" : "") \(Self.show(data))"
                + (acl == ACL.openUnsafe ? "" : " \(Self.show(acl))")
        case .createSwept(let path, let data, let ttl):
            "create \(path) \(ttl.map { "for \($0) ms" } ?? "container") \(Self.show(data))"
        case .delete(let path, let version): "delete \(path) v\(version)"
        case .check(let path, let version): "check \(path) v\(version)"
        case .multi(let operations): "multi [\(operations.map(\.description).joined(separator: "; "))]"
        case .getData(let path, let watch): "getData \(path)\(watch ? " watch" : "")"
        case .exists(let path, let watch): "exists \(path)\(watch ? " watch" : "")"
        case .setACL(let path, let acl, let version): "setACL \(path) \(Self.show(acl)) v\(version)"
        case .getACL(let path): "getACL \(path)"
        case .getChildren(let path, let watch, _): "getChildren \(path)\(watch ? " watch" : "")"
        case .sync(let path): "sync \(path)"
        case .setWatches(let zxid, let data, let exist, let children):
            "setWatches since \(zxid) data \(data) exist \(exist) children \(children)"
        case .closeSession: "closeSession"
        case .ping: "ping"
        case .more(let operation): operation.description
        }
    }

    static func show(_ acl: [ACL]) -> String {
        "[\(acl.map { "\($0.scheme):\($0.id):\($0.permissions)" }.joined(separator: " "))]"
    }

    static func show(_ data: [UInt8]?) -> String {
        guard let data else { return "null" }
        let digits = Array("0123456789abcdef")
        let shown = data.prefix(16).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return "0x" + String(shown) + (data.count > 16 ? "... (\(data.count) bytes)" : "")
    }
}
