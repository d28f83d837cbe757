import Wire
import Zab

/// multiRead (22): `MultiHeader{type, done, err}` and a request, again and again; each operation succeeds or fails by
/// itself. Only getData and getChildren may be in it, and neither sets a watch: ZooKeeper's server reads their paths
/// alone.
extension ReplicatedState {
    /// One getData or getChildren.
    private struct Part {
        var isData: Bool
        var key: PathKey

        /// Nil at the end.
        init?(_ reader: inout ByteReader) throws(WireError) {
            let type = try reader.int32()
            let isDone = try reader.bool()
            _ = try reader.int32()
            if isDone { return nil }
            guard type == OpCode.getData.rawValue || type == OpCode.getChildren.rawValue else {
                throw WireError("operation \(type) in a multiRead")
            }
            isData = type == OpCode.getData.rawValue
            key = PathKey(try reader.nonNullBuffer())
            _ = try reader.bool()
        }
    }

    /// All of it from one state, whole: an answer that costs more than a round may is refused.
    func multiRead(
        _ reader: inout ByteReader,
        _ watcher: WatcherID,
        _ reply: ByteWriter,
        _ bounds: ListingBounds
    ) throws(WireError) -> ReadResult {
        let start = reply.count
        var children = 0
        while let part = try Part(&reader) {
            let slot = findForRead(part.key)
            guard slot >= 0, allows(nodes[slot].pointee.acl, Permission.read, toWatcher: watcher) else {
                let error: ErrorCode = slot < 0 ? .noNode : .noAuth
                MultiResponse.appendHeader(type: MultiResponse.errorType, error: error.rawValue, to: reply)
                reply.append(error.rawValue)
                if PlantedBug.multiReadStopsAtFailure.isPlanted { break }
                continue
            }
            let node = nodes[slot]
            let size = part.isData ? node.pointee.dataSize : listingSize(node, withStat: false)
            if !part.isData { children += Int(node.pointee.childCount) }
            guard reply.count - start + size + children * bounds.childCost <= bounds.costMax else {
                return .whole(.marshallingError, children: children)
            }
            if part.isData {
                MultiResponse.appendHeader(type: OpCode.getData.rawValue, to: reply)
                appendData(of: slot, to: reply)
                appendStat(of: slot, to: reply)
            } else {
                MultiResponse.appendHeader(type: OpCode.getChildren.rawValue, to: reply)
                appendChildren(of: node, to: reply)
            }
        }
        MultiResponse.appendEnd(to: reply)
        return .whole(.ok, children: children)
    }

    /// As `cost(of:body:)`; no more than what is refused.
    func costOfMultiRead(_ body: UnsafeRawBufferPointer, _ bounds: ListingBounds) -> Int {
        var reader = ByteReader(body)
        var bytes = 9
        while bytes <= bounds.costMax, let part = try? Part(&reader) {
            bytes += 9 + 4
            let slot = findForRead(part.key)
            guard slot >= 0 else { continue }
            let node = nodes[slot]
            bytes += part.isData ? node.pointee.dataSize + Stat.encodedSize : listingSize(node, withStat: false)
        }
        return min(bytes, bounds.costMax)
    }
}
