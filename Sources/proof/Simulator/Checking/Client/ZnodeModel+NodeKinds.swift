import Wire
import Zab

/// Nodes that go by themselves, and quotas.
extension ZnodeModel {
    struct Quota {
        var path: String
        var limits: Int32
        var statistics: Int32
    }

    /// A hard limit that a transaction has exceeded, and the newest transaction that changed the quota.
    struct Exceeded {
        var text: String
        var changed: UInt64
    }

    /// A deletion by the leader.
    mutating func sweep(_ path: Int32, _ header: TransactionHeader) -> Finding? {
        let node = node(path, at: newest)
        let creates = children(path, at: newest)?.creates ?? 0
        let finding = delete(path, header)
        guard finding == nil, let node else { return finding }
        switch node.sweeping {
        case .never: return misfit("a sweep of a node that does not go by itself", path, header)
        case .container: return creates > 0 ? nil : misfit("a sweep of a container that had no child", path, header)
        case .ttl(let ttl):
            let age = header.time - node.mtime
            return age > ttl ? nil : misfit("a sweep after \(age) ms of a node with \(ttl) ms to live", path, header)
        }
    }

    // MARK: quotas

    private static let root = "/zookeeper/quota"
    private static let limits = "/zookeeper_limits"
    private static let statistics = "/zookeeper_stats"

    static func isStatistics(_ path: String) -> Bool { path.hasPrefix(root + "/") && path.hasSuffix(statistics) }

    private static func contains(_ quota: String, _ path: String) -> Bool {
        path == quota || path.hasPrefix(quota + "/")
    }

    mutating func quotaPartCreated(_ path: Int32, _ header: TransactionHeader) {
        let text = text(path)
        guard text.hasPrefix(Self.root + "/") else { return }
        if text.hasSuffix(Self.limits) {
            let quota = String(text.dropFirst(Self.root.count).dropLast(Self.limits.count))
            quotas.append(Quota(path: quota, limits: path, statistics: self.path(Self.root + quota + Self.statistics)))
        } else if text.hasSuffix(Self.statistics) {
            let quota = String(text.dropFirst(Self.root.count).dropLast(Self.statistics.count))
            var (count, bytes) = (0, 0)
            for number in paths.indices {
                guard let node = node(Int32(number), at: newest), Self.contains(quota, self.text(Int32(number))) else {
                    continue
                }
                count += 1
                bytes += Int(max(node.dataCount, 0))
            }
            write(count, bytes, to: path, header)
        }
    }

    mutating func quotaPartDeleted(_ path: Int32) { quotas.removeAll { $0.limits == path } }

    /// The deepest quota of the path, with its statistics and hard limits, -1 for none.
    func quota(of path: Int32, at zxid: UInt64) -> (
        quota: Quota, count: Int, bytes: Int, hardCount: Int, hardBytes: Int
    )? {
        guard !quotas.isEmpty else { return nil }
        let text = text(path)
        guard let quota = quotas.filter({ Self.contains($0.path, text) }).max(by: { $0.path.count < $1.path.count }),
            let statistics = node(quota.statistics, at: zxid), let limits = node(quota.limits, at: zxid),
            let now = figures(statistics), let most = figures(limits)
        else { return nil }
        return (
            quota, now["count"] ?? -1, now["bytes"] ?? -1, most["countHardLimit"] ?? -1, most["byteHardLimit"] ?? -1
        )
    }

    private func figures(_ node: NodeChange) -> [String: Int]? {
        guard let bytes = bytes(of: node) else { return nil }
        var figures: [String: Int] = [:]
        for pair in String(decoding: bytes, as: UTF8.self).split(whereSeparator: { ",;".contains($0) }) {
            let parts = pair.split(separator: "=")
            guard parts.count == 2, let value = Int(parts[1]) else { return nil }
            figures[String(parts[0])] = value
        }
        return figures
    }

    /// Adds to the statistics of the path's quota.
    mutating func account(_ path: Int32, nodes: Int, bytes: Int, _ header: TransactionHeader) {
        guard let found = quota(of: path, at: newest) else { return }
        let (count, size) = (found.count + nodes, found.bytes + bytes)
        let isOver =
            nodes > 0 && found.hardCount > -1 && count > found.hardCount
            || bytes > 0 && found.hardBytes > -1 && size > found.hardBytes
        if isOver {
            let changed = [found.quota.limits, found.quota.statistics].map { node($0, at: newest)!.mzxid }.max()!
            let text = "\(count) nodes and \(size) bytes, \(found.hardCount) and \(found.hardBytes) are allowed"
            exceeded.append(Exceeded(text: text, changed: changed))
        }
        write(count, size, to: found.quota.statistics, header)
    }

    private mutating func write(_ count: Int, _ bytes: Int, to path: Int32, _ header: TransactionHeader) {
        guard var node = node(path, at: newest) else { return }
        (node.dataStart, node.dataCount) = Array("count=\(count),bytes=\(bytes)".utf8).withUnsafeBytes { keep($0) }
        add(node, to: path, header)
    }
}
