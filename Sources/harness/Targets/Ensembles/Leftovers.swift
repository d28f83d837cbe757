import Client
import Wire

/// What earlier runs on somebody else's servers have left there, because their process was killed.
public struct Leftovers: Sendable {
    static let prefix = "zabbench-"
    static let markerPrefix = "zabbench-alive-"

    /// Roots of runs whose process is certainly over.
    public private(set) var abandoned: [String] = []
    /// Roots of runs that go on, as far as can be known.
    public private(set) var active: [String] = []
    /// Roots that do not tell whose they are: older versions' or somebody else's.
    public private(set) var unknown: [String] = []

    private let client: ZooKeeperClient

    /// Looks for them.
    ///
    /// - Parameter marker: of this process, whose own runs are none.
    /// - Returns: nil if the list of znodes is kept from us.
    /// - Throws: `ClientError`.
    public static func found(beside marker: RunMarker, below chroot: String) async throws -> Leftovers? {
        guard let client = marker.client else { return nil }
        var found = Leftovers(client: client)
        let names: [String]
        do {
            try await client.sync(chroot.isEmpty ? "/" : chroot)
            names = try await client.getChildren(chroot.isEmpty ? "/" : chroot)
        } catch ClientError.server(.noAuth) {
            return nil
        }
        let roots = names.filter { $0.hasPrefix(prefix) && !$0.hasPrefix(markerPrefix) }.sorted()
        for root in roots.map({ "\(chroot)/\($0)" }) { try await found.judge(root, below: "\(chroot)/\(markerPrefix)") }
        return found
    }

    private init(client: ZooKeeperClient) { self.client = client }

    private mutating func judge(_ root: String, below markers: String) async throws {
        guard let data = try await Self.data(of: root, client) else { return }
        let owner = String(decoding: data, as: UTF8.self)
        guard owner.hasPrefix(markers) else { return unknown.append(root) }
        guard let marker = try await Self.data(of: owner, client) else { return abandoned.append(root) }
        if RunOwner(parsing: String(decoding: marker, as: UTF8.self))?.isOver == true {
            abandoned.append(root)
        } else {
            active.append(root)
        }
    }

    /// Nil where there is no such znode any more.
    private static func data(of path: String, _ client: ZooKeeperClient) async throws -> [UInt8]? {
        do { return try await client.getData(path).data } catch ClientError.server(.noNode) { return nil }
    }

    /// Removes those that are abandoned.
    ///
    /// - Returns: how many znodes that were.
    /// - Throws: `ClientError`.
    public func removeAbandoned() async throws -> Int {
        var removed = 0
        for root in abandoned { removed += try await Self.remove(root, client) }
        return removed
    }

    /// As many deletes are under way as a client may have requests.
    private static let window = 500

    private static func remove(_ path: String, _ client: ZooKeeperClient) async throws -> Int {
        var removed = 0
        do {
            let names = try await client.getChildren(path)
            for start in stride(from: 0, to: names.count, by: window) {
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for name in names[start..<min(start + window, names.count)] {
                        group.addTask { try await removeChild("\(path)/\(name)", client) }
                    }
                    for try await count in group { removed += count }
                }
            }
            try await client.delete(path)
            return removed + 1
        } catch ClientError.server(.noNode) {
            // Somebody else removes it, too.
            return removed
        }
    }

    /// Most have no children, and need one request.
    private static func removeChild(_ path: String, _ client: ZooKeeperClient) async throws -> Int {
        do {
            try await client.delete(path)
            return 1
        } catch ClientError.server(.noNode) {
            return 0
        } catch ClientError.server(.notEmpty) {
            return try await remove(path, client)
        }
    }
}
