import Wire
import Zab

/// What a client watches that comes back.
struct SetWatchesLists: Hashable, Sendable {
    var since: Zxid
    var data: [String] = []
    var exist: [String] = []
    var children: [String] = []
    var persistent: [String] = []
    var recursive: [String] = []

    var isEmpty: Bool { lists.allSatisfy(\.isEmpty) }
    var lists: [[String]] { [data, exist, children, persistent, recursive] }
}

/// Operations that came with ZooKeeper 3.6 and later.
enum MoreOperation: Hashable, Sendable {
    /// ZooKeeper's `Watcher.WatcherType`.
    enum WatcherType: Int32, Sendable {
        case children = 1
        case data = 2
        case any = 3
    }

    /// A getData or a getChildren.
    struct Part: Hashable, Sendable {
        var path: String
        var isData: Bool
    }

    case addWatch(path: String, recursive: Bool)
    case removeWatches(path: String, type: WatcherType)
    case checkWatches(path: String, type: WatcherType)
    case setWatches2(SetWatchesLists)
    case getEphemerals(prefix: String)
    case getAllChildrenNumber(path: String)
    case multiRead([Part])
    case auth(scheme: String, secret: String)
    case whoAmI

    var code: OpCode {
        switch self {
        case .addWatch: .addWatch
        case .removeWatches: .removeWatches
        case .checkWatches: .checkWatches
        case .setWatches2: .setWatches2
        case .getEphemerals: .getEphemerals
        case .getAllChildrenNumber: .getAllChildrenNumber
        case .multiRead: .multiRead
        case .auth: .auth
        case .whoAmI: .whoAmI
        }
    }

    /// Appends the request's record, without RequestHeader.
    func encodeBody(into writer: ByteWriter) {
        switch self {
        case .addWatch(let path, let isRecursive):
            writer.append(string: path)
            writer.append(Int32(isRecursive ? 1 : 0))
        case .removeWatches(let path, let type), .checkWatches(let path, let type):
            writer.append(string: path)
            writer.append(type.rawValue)
        case .setWatches2(let lists):
            writer.append(lists.since.rawValue)
            for list in lists.lists {
                writer.append(Int32(list.count))
                for path in list { writer.append(string: path) }
            }
        case .getEphemerals(let path), .getAllChildrenNumber(let path): writer.append(string: path)
        case .auth(let scheme, let secret):
            writer.append(Int32(0))
            writer.append(string: scheme)
            writer.append(string: secret)
        case .whoAmI: break
        case .multiRead(let parts):
            for part in parts {
                writer.append(part.isData ? OpCode.getData.rawValue : OpCode.getChildren.rawValue)
                writer.append(false)
                writer.append(Int32(-1))
                writer.append(string: part.path)
                writer.append(false)
            }
            writer.append(Int32(-1))
            writer.append(true)
            writer.append(Int32(-1))
        }
    }
}

extension MoreOperation: CustomStringConvertible {
    var description: String {
        switch self {
        case .addWatch(let path, let isRecursive): "addWatch \(path)\(isRecursive ? " recursive" : "")"
        case .removeWatches(let path, let type): "removeWatches \(path) \(type)"
        case .checkWatches(let path, let type): "checkWatches \(path) \(type)"
        case .setWatches2(let lists): "setWatches2 since \(lists.since) \(lists.lists)"
        case .getEphemerals(let prefix): "getEphemerals \(prefix)"
        case .auth(let scheme, let secret): "auth \(scheme) \(secret)"
        case .whoAmI: "whoAmI"
        case .getAllChildrenNumber(let path): "getAllChildrenNumber \(path)"
        case .multiRead(let parts):
            "multiRead [\(parts.map { "\($0.isData ? "data" : "children") \($0.path)" }.joined(separator: "; "))]"
        }
    }
}
