import Wire
import Zab

extension ReplicatedState {
    /// Answers getEphemerals (103), `{prefixPath}`: the paths of the session's ephemeral nodes that begin with it, in no
    /// particular order. Null, nothing but blanks, and "/" stand for all of them; a prefix need not end where a name does.
    ///
    /// The answer is whole; a session with so many nodes that looking at them costs more than a round may is refused.
    public func readEphemerals(
        of session: Int64,
        body: UnsafeRawBufferPointer,
        reply: ByteWriter,
        bounds: ListingBounds
    ) -> ReadResult {
        var reader = ByteReader(body)
        let prefix: UnsafeRawBufferPointer?
        do {
            prefix = try reader.buffer()
        } catch {
            return .whole(.marshallingError, children: 0)
        }
        var owner = sessions.find(session)
        if PlantedBug.ephemeralsOfAnother.isPlanted, owner >= 0, sessions[owner].pointee.firstEphemeral < 0 {
            owner = 0
        }
        let start = reply.count
        reply.append(Int32(0))
        guard owner >= 0 else { return .whole(.ok, children: 0) }
        let entry = sessions[owner].pointee
        guard entry.ephemeralBytes + Int(entry.ephemeralCount) * bounds.childCost <= bounds.costMax else {
            return .whole(.marshallingError, children: 0)
        }
        let wanted = prefix.flatMap { Self.standsForAll($0) ? nil : $0 }
        var count: Int32 = 0
        var slot = entry.firstEphemeral
        while slot >= 0 {
            let node = nodes[slot]
            let path = Znode.pathBytes(of: node)
            if wanted.map({ path.starts(with: $0) }) ?? true {
                reply.append(buffer: path)
                count += 1
            }
            slot = node.pointee.nextEphemeral
        }
        reply.set(count, at: start)
        return .whole(.ok, children: Int(entry.ephemeralCount))
    }

    /// About how many bytes that answer would have now.
    public func costOfEphemerals(of session: Int64) -> Int {
        let slot = sessions.find(session)
        return 4 + (slot < 0 ? 0 : sessions[slot].pointee.ephemeralBytes)
    }

    /// As Java trims: everything up to the blank.
    private static func standsForAll(_ prefix: UnsafeRawBufferPointer) -> Bool {
        let blank = UInt8(ascii: " ")
        guard let first = prefix.firstIndex(where: { $0 > blank }) else { return true }
        return prefix[first] == PathRules.slash && prefix[(first + 1)...].allSatisfy { $0 <= blank }
    }
}
