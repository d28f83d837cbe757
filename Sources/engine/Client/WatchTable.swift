import Wire

/// The watches that a session has left, so that they can be set again at another server.
struct WatchTable {
    private var data: Set<String> = []
    private var exists: Set<String> = []
    private var children: Set<String> = []

    var isEmpty: Bool { data.isEmpty && exists.isEmpty && children.isEmpty }

    /// A request with a watch was answered; only some errors leave one.
    mutating func asked(_ watch: WatchRequest, error: Int32) {
        switch (watch.kind, error) {
        case (.data, 0), (.exists, 0): data.insert(watch.path)
        case (.exists, ErrorCode.noNode.rawValue): exists.insert(watch.path)
        case (.children, 0): children.insert(watch.path)
        default: break
        }
    }

    /// A watch fires once.
    mutating func fired(_ event: WatchEvent) {
        switch event.kind {
        case .session: break
        case .created, .dataChanged:
            data.remove(event.path)
            exists.remove(event.path)
        case .deleted:
            data.remove(event.path)
            exists.remove(event.path)
            children.remove(event.path)
        case .childrenChanged: children.remove(event.path)
        }
    }

    /// The request that sets all of them again; a watch whose znode has changed since `relativeZxid` fires at once.
    func setWatchesFrame(relativeZxid: Int64) -> [UInt8] {
        let writer = ByteWriter(capacity: 256)
        writer.append(Int32(0))
        writer.append(ReservedXid.setWatches)
        writer.append(OpCode.setWatches.rawValue)
        writer.append(relativeZxid)
        for paths in [data, exists, children] {
            writer.append(Int32(paths.count))
            for path in paths.sorted() { writer.append(string: path) }
        }
        writer.set(Int32(writer.count - 4), at: 0)
        return Array(writer.bytes)
    }
}
