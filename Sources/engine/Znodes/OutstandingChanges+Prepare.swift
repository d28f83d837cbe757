import Wire
import Zab

extension OutstandingChanges {
    /// What a create adds to its request: the header, a sequence number and a flag. Only multi and closeSession can add
    /// more, and look for themselves.
    private static let bodySizeMax = RecordLayout.payloadMax - TransactionHeader.encodedSize - 16

    /// Makes a transaction of a request, if it may be done.
    ///
    /// - Parameters:
    ///   - op: create, create2, createContainer, createTTL, delete, setData, setACL, multi, createSession or closeSession.
    ///   - body: the request's record, as the client sent it, without the RequestHeader; for createSession the timeout
    ///     in milliseconds as an int32, for closeSession nothing.
    ///   - cxid: the xid of the request.
    ///   - zxid: what the transaction will be; above that of the last one that was prepared with success.
    ///   - time: wall-clock milliseconds since 1970.
    ///   - identities: by which whoever asks is known; nothing is asked of them for sessions.
    ///   - state: with all transactions applied that were not made by this object.
    ///   - writer: gets TxnHeader and record if the result is `.ok`, and is left as it was otherwise. A transaction is
    ///     never larger than `RecordLayout.payloadMax`.
    /// - Returns: `.ok`, and the change is remembered; or what the client is to be told, and nothing is. For a multi
    ///   whose bytes are right but whose operation fails, `multiFailure` has the answer's body. `.sessionExpired` for
    ///   all requests of a session that does not exist or is being closed; `.marshallingError` for bytes that are no
    ///   such request, or too many for a transaction; `.unimplemented` for other operations, and for TTLs unless
    ///   `extendedTypesEnabled`.
    public func prepare(
        op: OpCode,
        body: UnsafeRawBufferPointer,
        sessionID: Int64,
        cxid: Int32,
        zxid: Zxid,
        time: Int64,
        identities: IdentitiesID = ReplicatedState.nobody,
        state: ReplicatedState,
        into writer: ByteWriter
    ) -> ErrorCode {
        multiFailure = nil
        asker = identities
        begin(at: zxid, state)
        guard op == .createSession || isAlive(sessionID, in: state) else { return .sessionExpired }
        guard body.count <= Self.bodySizeMax else { return .marshallingError }
        let header = TransactionHeader(sessionID: sessionID, cxid: cxid, zxid: zxid, time: time, type: op.rawValue)
        if op == .setData {
            let result = prepareSetData(body, header, state, writer)
            if result == .ok { lastPrepared = zxid.rawValue }
            return result
        }
        room = Self.bodySizeMax - body.count
        let start = writer.count
        header.encode(into: writer)
        let result: ErrorCode
        do {
            var reader = ByteReader(body)
            switch op {
            case .create, .create2, .createContainer, .createTTL:
                let request = try CreateRequest(&reader, op, for: self, state)
                result = try create(request, as: op, zxid.rawValue, session: sessionID, state, writer)
            case .delete: result = try delete(&reader, zxid.rawValue, state, writer)
            case .setACL: result = try setACL(&reader, zxid.rawValue, state, writer)
            case .multi: result = try multi(&reader, zxid.rawValue, session: sessionID, state, writer, from: start)
            case .createSession: result = try createSession(&reader, zxid.rawValue, sessionID, writer)
            case .closeSession: result = closeSession(sessionID, zxid.rawValue, state, writer, from: start)
            default: result = .unimplemented
            }
        } catch {
            result = .marshallingError
        }
        if result == .ok {
            lastPrepared = zxid.rawValue
        } else {
            writer.truncate(to: start)
        }
        return result
    }

    /// What is told of a path with a parent that is refused. ZooKeeper looks for a NUL first; no node has one in its name,
    /// so that looking last finds the same.
    func refusal(_ code: ErrorCode, of key: PathKey) -> ErrorCode { key.bytes.contains(0) ? .badArguments : code }

    /// Begins an era with the first transaction after `removeAll`.
    @inline(__always)
    func begin(at zxid: Zxid, _ state: ReplicatedState) {
        guard era == 0 else { return }
        era = state.takeEra()
        firstPrepared = zxid.rawValue
        noteAppliedCounter()
    }

    /// Why there is nothing at `key`.
    func absence(_ key: PathKey) -> ErrorCode { PathRules.isValid(key.bytes) ? .noNode : .badArguments }

    /// -1 matches any version.
    @inline(__always)
    func matches(_ expected: Int32, _ actual: Int32) -> Bool { expected == -1 || expected == actual }

    /// A setData that is no part of a multi: header and record are written at once, after all checks.
    @inline(__always)
    private func prepareSetData(
        _ body: UnsafeRawBufferPointer,
        _ header: TransactionHeader,
        _ state: ReplicatedState,
        _ writer: ByteWriter
    ) -> ErrorCode {
        guard let request = SetDataRecord(body) else { return .marshallingError }
        var version: Int32 = 0
        let result = accept(request, &version, header.zxid.rawValue, state)
        guard result == .ok else { return result }
        let target = writer.reserve(TransactionHeader.encodedSize &+ request.size)
        target.storeBytes(of: header.sessionID.bigEndian, as: Int64.self)
        target.storeBytes(of: header.cxid.bigEndian, toByteOffset: 8, as: Int32.self)
        target.storeBytes(of: header.zxid.rawValue.bigEndian, toByteOffset: 12, as: UInt64.self)
        target.storeBytes(of: header.time.bigEndian, toByteOffset: 20, as: Int64.self)
        target.storeBytes(of: header.type.bigEndian, toByteOffset: 28, as: Int32.self)
        Self.write(body, request, version: version, to: target + TransactionHeader.encodedSize)
        return .ok
    }

    /// A setData inside a multi.
    func setData(
        _ reader: inout ByteReader,
        _ zxid: UInt64,
        _ state: ReplicatedState,
        _ writer: ByteWriter
    ) throws(WireError) -> ErrorCode {
        let rest = reader.rest
        guard let request = SetDataRecord(rest) else { throw WireError("a setData cut short") }
        _ = try reader.bytes(request.size)
        var version: Int32 = 0
        let result = accept(request, &version, zxid, state)
        guard result == .ok else { return result }
        Self.write(rest, request, version: version, to: writer.reserve(request.size))
        return .ok
    }

    /// `SetDataRequest{path, data, version}` and `SetDataTxn{path, data, version}` differ in the version only: the
    /// bytes are copied whole.
    @inline(__always)
    private static func write(
        _ body: UnsafeRawBufferPointer,
        _ request: SetDataRecord,
        version: Int32,
        to target: UnsafeMutableRawPointer
    ) {
        target.copyMemory(from: body.baseAddress.unsafelyUnwrapped, byteCount: request.size)
        target.storeBytes(of: version.bigEndian, toByteOffset: request.size &- 4, as: Int32.self)
    }

    /// Checks a setData, and puts it down if it may be done, with the version that it leaves.
    @inline(__always)
    private func accept(
        _ request: SetDataRecord,
        _ version: inout Int32,
        _ zxid: UInt64,
        _ state: ReplicatedState
    ) -> ErrorCode {
        let key = PathKey(request.path)
        let expected = request.version
        let recordSlot = findPath(key)
        if recordSlot >= 0 {
            let standing = paths[recordSlot].pointee.standing
            guard standing.exists else { return .noNode }
            guard mayAsk(Permission.write, of: standing.acl, state) else { return .noAuth }
            if enforcesQuotas(in: state) { return acceptBelowQuota(request, key, &version, standing, zxid, state) }
            guard matches(expected, standing.version) else { return .badVersion }
            version = standing.version &+ 1
            record(key, zxid: zxid, in: state).pointee.standing.version = version
            return .ok
        }
        let slot = state.nodes.find(key)
        guard slot >= 0 else { return absence(key) }
        let node = state.nodes[slot]
        guard mayAsk(Permission.write, of: node.pointee.acl, state) else { return .noAuth }
        if enforcesQuotas(in: state) {
            return acceptBelowQuota(request, key, &version, standing(of: key, in: state), zxid, state)
        }
        let current = self.version(of: node)
        guard matches(expected, current) else { return .badVersion }
        version = current &+ 1
        if journal.isActive { noteBefore(slot, node) }
        node.pointee.pendingVersion = version
        node.pointee.pendingCounter = UInt32(truncatingIfNeeded: zxid)
        node.pointee.pendingEra = era
        return .ok
    }

    @inline(never)
    private func noteBefore(_ slot: Int32, _ node: UnsafeMutablePointer<Znode>) {
        journal.append(
            .noted(
                slot,
                version: node.pointee.pendingVersion,
                counter: node.pointee.pendingCounter,
                era: node.pointee.pendingEra
            )
        )
    }

    /// `DeleteRequest{path, version}` to `DeleteTxn{path}`.
    func delete(
        _ reader: inout ByteReader,
        _ zxid: UInt64,
        _ state: ReplicatedState,
        _ writer: ByteWriter
    ) throws(WireError) -> ErrorCode {
        let key = PathKey(try reader.nonNullBuffer())
        let expected = try reader.int32()
        let slash = key.lastSlash
        guard slash >= 0, !PathRules.isSpecial(key) else { return .badArguments }
        let parent = standing(of: key.parent(slash: slash), in: state)
        guard parent.exists else { return refusal(.noNode, of: key) }
        guard mayAsk(Permission.delete, of: parent.acl, state) else { return refusal(.noAuth, of: key) }
        let node = standing(of: key, in: state)
        guard node.exists else { return refusal(.noNode, of: key) }
        guard matches(expected, node.version) else { return .badVersion }
        guard node.childCount == 0 else { return .notEmpty }
        remove(key, zxid, state)
        writer.append(buffer: key.bytes)
        return .ok
    }

    /// Puts down that the node, which has no children, is deleted.
    func remove(_ key: PathKey, _ zxid: UInt64, _ state: ReplicatedState) {
        record(key.parent(slash: key.lastSlash), zxid: zxid, in: state).pointee.standing.childCount -= 1
        replace(record(key, zxid: zxid, in: state), .missing, in: state)
        setListed(findPath(key), false)
    }

    /// `SetACLRequest{path, acl, version}` to `SetACLTxn{path, acl, version}`.
    func setACL(
        _ reader: inout ByteReader,
        _ zxid: UInt64,
        _ state: ReplicatedState,
        _ writer: ByteWriter
    ) throws(WireError) -> ErrorCode {
        let key = PathKey(try reader.nonNullBuffer())
        let list = try readList(&reader, state)
        let expected = try reader.int32()
        guard PathRules.isValid(key.bytes) else { return .badArguments }
        if let reason = try refusal(of: list, at: key) { return reason }
        let node = standing(of: key, in: state)
        guard node.exists else { return .noNode }
        guard mayAsk(Permission.admin, of: node.acl, state) else { return .noAuth }
        guard matches(expected, node.aversion) || PlantedBug.aclVersionIgnored.isPlanted else { return .badVersion }
        let version = node.aversion &+ 1
        let change = record(key, zxid: zxid, in: state)
        var standing = change.pointee.standing
        standing.aversion = version
        standing.acl = keepList(list, state)
        replace(change, standing, in: state)
        writer.append(buffer: key.bytes)
        writer.append(bytes: listScratch.bytes)
        writer.append(version)
        return .ok
    }
}
