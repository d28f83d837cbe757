import Wire
import Zab

extension OutstandingChanges {
    /// A request to `CreateTxn{path, data, acl, ephemeral, parentCVersion}`, `CreateContainerTxn{path, data, acl,
    /// parentCVersion}` or `CreateTTLTxn{path, data, acl, parentCVersion, ttl}`; the order of the checks is ZooKeeper's.
    ///
    /// - Parameter op: create, create2, createContainer or createTTL. It says what is made: a container whatever the
    ///   flags are, and a persistent node if the flags of a create say container.
    @inline(__always)
    func create(
        _ request: CreateRequest,
        as op: OpCode,
        _ zxid: UInt64,
        session: Int64,
        _ state: ReplicatedState,
        _ writer: ByteWriter
    ) throws(WireError) -> ErrorCode {
        guard let mode = CreateMode(rawValue: request.flags) else { return .badArguments }
        if mode.hasTTL || op == .createTTL {
            if let refusal = refusalOfTTL(request, mode, op) { return refusal }
        }
        var key = request.path
        let slash = key.lastSlash
        guard slash >= 0 else { return .badArguments }
        if let reason = try refusal(of: request.list, at: key) { return reason }
        let parentKey = key.parent(slash: slash)
        let parent = standing(of: parentKey, in: state)
        guard parent.exists else { return refusal(.noNode, of: key) }
        guard mayAsk(Permission.create, of: parent.acl, state) else { return refusal(.noAuth, of: key) }
        if mode.isSequential { key = sequential(key, number: parent.cversion) }
        guard PathRules.isValid(key.bytes) else { return .badArguments }
        guard !standing(of: key, in: state).exists else { return .nodeExists }
        guard parent.ephemeralOwner == 0 else { return .noChildrenForEphemerals }
        if let part = QuotaNode(key), let refusal = refusal(of: part, state) { return refusal }
        var quotaReference = QuotaReference.ofState
        if enforcesQuotas(in: state) {
            let quota = quota(ofNew: key, below: parentKey, in: state)
            let bytes = Int64(request.data?.count ?? 0)
            if let refusal = refusal(by: quota, nodes: 1, bytes: bytes, state) { return refusal }
            note(quota, nodes: 1, bytes: bytes, zxid, state)
            quotaReference = quota < 0 ? .none : QuotaReference(slot: quota, number: state.quotas[quota].pointee.number)
        }

        let isEphemeral = mode.isEphemeral && op != .createContainer
        let parentChange = record(parentKey, zxid: zxid, in: state)
        if !(PlantedBug.parentCversionWrong.isPlanted && journal.isActive && slash > 0) {
            parentChange.pointee.standing.cversion &+= 1
        }
        parentChange.pointee.standing.childCount += 1
        let cversion = parentChange.pointee.standing.cversion
        let standing = Standing(
            exists: true,
            version: 0,
            cversion: 0,
            aversion: 0,
            childCount: 0,
            dataCount: request.data.map { Int32($0.count) } ?? -1,
            acl: keepList(request.list, state),
            ephemeralOwner: isEphemeral ? session : 0,
            quota: quotaReference
        )
        replace(record(key, zxid: zxid, in: state), standing, in: state)
        if isEphemeral { setListed(findPath(key), true) }

        writer.append(buffer: key.bytes)
        if let data = request.data { writer.append(buffer: data) } else { writer.appendNull() }
        writer.append(bytes: listScratch.bytes)
        if op == .create || op == .create2 { writer.append(isEphemeral) }
        writer.append(cversion)
        if op == .createTTL, let ttl = request.ttl { writer.append(ttl) }
        return .ok
    }

    /// Why no node with a time to live is made of this; nil if one may be.
    ///
    /// ZooKeeper's leader takes a createTTL whose flags say no TTL and whose time is negative, and every server then
    /// ends at applying it; it is refused here.
    @inline(never)
    private func refusalOfTTL(_ request: CreateRequest, _ mode: CreateMode, _ op: OpCode) -> ErrorCode? {
        guard mode.hasTTL else { return .badArguments }
        guard extendedTypesEnabled else { return .unimplemented }
        guard op == .createTTL, let ttl = request.ttl, ExtendedOwner.ttlRange.contains(ttl) else {
            return .badArguments
        }
        return nil
    }

    /// The path with the parent's number of creates behind it, as Java's `%010d` writes it: ten places with the sign,
    /// which the number gets when it has gone round.
    private func sequential(_ key: PathKey, number: Int32) -> PathKey {
        pathScratch.removeAll()
        pathScratch.append(bytes: key.bytes)
        if number < 0 { pathScratch.append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        let places = number < 0 && rest < 1_000_000_000 ? 9 : 10
        let digits = pathScratch.reserve(places)
        for place in stride(from: places - 1, through: 0, by: -1) {
            digits.storeBytes(of: UInt8(ascii: "0") + UInt8(rest % 10), toByteOffset: place, as: UInt8.self)
            rest /= 10
        }
        return PathKey(pathScratch.bytes)
    }
}
