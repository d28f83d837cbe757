import Wire

/// What "/zookeeper/config" shows: the members that this server was configured with.
///
/// Not replicated, as in ZooKeeper, where each server puts its own configuration into its own tree when it starts. Here
/// the node's data stay empty in the tree, in the digest and in snapshots, and reads show this instead.
struct ShownConfiguration {
    /// The node's.
    var slot: Int32 = -1
    private var data: [UInt8] = []
    /// Wall-clock milliseconds since 1970.
    private var time: Int64 = 0

    init() {}

    init(_ data: [UInt8], at time: Int64, slot: Int32) {
        self.data = data
        self.time = time
        self.slot = slot
    }

    /// Whether a read of this node shows the configuration: one that was written to shows what was written.
    @inline(__always)
    func isShown(by slot: Int32, _ node: UnsafeMutablePointer<Znode>) -> Bool {
        slot == self.slot && node.pointee.dataCount == 0 && !data.isEmpty
    }

    var dataSize: Int { data.count }

    func appendData(to writer: ByteWriter) { data.withUnsafeBytes { writer.append(buffer: $0) } }

    /// The node's Stat with the configuration's length and time, and the version that ZooKeeper gives it.
    func appendStat(of node: Znode, to writer: ByteWriter) {
        var stat = node.stat
        stat.mtime = time
        stat.version = -1
        stat.dataLength = Int32(data.count)
        stat.encode(into: writer)
    }
}

extension ReplicatedState {
    /// From now on "/zookeeper/config" shows `data` to those who read it.
    ///
    /// - Parameter time: wall-clock milliseconds since 1970.
    public func showConfiguration(_ data: [UInt8], at time: Int64) {
        configuration = ShownConfiguration(data, at: time, slot: configuration.slot)
    }

    /// The node's Stat as clients see it.
    @inline(__always)
    func appendStat(of slot: Int32, to writer: ByteWriter) {
        let node = nodes[slot]
        if configuration.isShown(by: slot, node) {
            configuration.appendStat(of: node.pointee, to: writer)
        } else {
            node.pointee.appendStat(to: writer)
        }
    }

    @inline(__always)
    func appendData(of slot: Int32, to writer: ByteWriter) {
        let node = nodes[slot]
        if configuration.isShown(by: slot, node) {
            configuration.appendData(to: writer)
        } else {
            node.pointee.appendData(to: writer)
        }
    }
}
