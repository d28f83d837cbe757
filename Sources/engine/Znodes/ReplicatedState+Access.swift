import Wire
import Zab

/// Who may do what (`ZooKeeperServer.checkACL`), and who this server's clients are.
///
/// Nearly every node's list is the one that allows everything, so the common question is one comparison. Any other list is
/// judged once for a set of ids, and what it allows to them is kept beside it until somebody else comes: a request that asks
/// about one node a thousand times does not walk a list of a thousand entries each time.
extension ReplicatedState {
    /// Whether somebody may do at least one of `permissions` to a node with this list.
    @inline(__always)
    func allows(_ acl: Int32, _ permissions: Int32, to identities: IdentitiesID) -> Bool {
        acl == ACLTable.openUnsafe || judges(acl, permissions, identities)
    }

    /// The same for who holds a connection.
    @inline(__always)
    func allows(_ acl: Int32, _ permissions: Int32, toWatcher watcher: WatcherID) -> Bool {
        acl == ACLTable.openUnsafe || judges(acl, permissions, self.identities(of: watcher))
    }

    /// Whether a connection may hear of what happens to a node with this list: every event of a watch asks here.
    @inline(__always)
    func mayHear(_ watcher: WatcherID, of acl: Int32) -> Bool {
        allows(acl, Permission.read, toWatcher: watcher) || PlantedBug.eventOfWhatMayNotBeRead.isPlanted
    }

    /// What does not exist any more is no secret.
    func mayHear(_ watcher: WatcherID, of key: PathKey) -> Bool {
        let slot = findForRead(key)
        return slot < 0 || mayHear(watcher, of: nodes[slot].pointee.acl)
    }

    @inline(never)
    private func judges(_ acl: Int32, _ permissions: Int32, _ identities: IdentitiesID) -> Bool {
        if access.isSkipped || self.identities.isSuper(identities) { return true }
        let rights = acls.rights(acl, serial: self.identities.serial(identities)) {
            AccessRights.granted(by: $0, to: self.identities.bytes(identities))
        }
        return rights & permissions != 0
    }

    // MARK: who clients are

    /// Somebody of whom nothing is known, to be asked for what anybody may do.
    public static var nobody: IdentitiesID { IdentityTable.nobody }

    /// A set of ids that nobody holds yet: `release` it when its last holder is gone.
    /// - Parameter address: where a client comes from, which is all that is known of it at first.
    public func identities(at address: ClientAddress) -> IdentitiesID {
        let list = ByteWriter(capacity: 64)
        Identity.encode(address.identity.map { [$0] } ?? [], into: list)
        return identities.intern(list.bytes)
    }

    /// A set as another server names it: a vector of Id, to be released.
    /// - Throws: `WireError` for bytes that are none, or more than anybody can be known by.
    public func identities(named bytes: UnsafeRawBufferPointer) throws(WireError) -> IdentitiesID {
        var reader = ByteReader(bytes)
        let count = try reader.vectorCount(minimumSize: 8) ?? 0
        guard count <= IdentityTable.idsMax, bytes.count <= IdentityTable.bytesMax else {
            throw WireError("\(count) ids of \(bytes.count) bytes")
        }
        for _ in 0..<count {
            _ = try reader.nonNullBuffer()
            _ = try reader.nonNullBuffer()
        }
        guard reader.remaining == 0 else { throw WireError("\(reader.remaining) bytes too many behind ids") }
        return identities.intern(bytes)
    }

    /// The vector of Id, for another server. Valid until the next set comes.
    public func bytes(of identities: IdentitiesID) -> UnsafeRawBufferPointer { self.identities.bytes(identities) }

    public func retain(_ identities: IdentitiesID) { self.identities.retain(identities) }
    public func release(_ identities: IdentitiesID) { self.identities.release(identities) }

    /// Sets of ids that somebody holds, for tests and checks.
    public var identitiesCount: Int { identities.count }

    /// addAuth: the set that somebody is known by who has proved this, too, to be released; the old one stays as it is.
    /// - Returns: nil if no provider knows the scheme, or it is not proved, or there would be too many.
    public func identities(_ old: IdentitiesID, with packet: AuthPacket, from address: ClientAddress) -> IdentitiesID? {
        guard let scheme = packet.scheme else { return nil }
        let proved: [Identity]
        if IdList.Element.equal(scheme, "ip") {
            proved = address.identity.map { [$0] } ?? []
        } else if IdList.Element.equal(scheme, "digest") {
            guard let secret = packet.secret, secret.count <= IdentityTable.secretBytesMax else { return nil }
            let identity = Identity.digest(of: secret)
            proved = identity.id == access.superDigest ? [.superUser, identity] : [identity]
        } else {
            return nil
        }
        let list = ByteWriter(capacity: 256)
        list.append(bytes: identities.bytes(old))
        var count = Int32(bigEndian: list.bytes.load(as: Int32.self))
        for identity in proved {
            let entry = ByteWriter(capacity: 64)
            entry.append(string: identity.scheme)
            entry.append(string: identity.id)
            let isKnown = IdList(list.bytes).contains {
                $0.scheme.elementsEqual(identity.scheme.utf8) && $0.id.elementsEqual(identity.id.utf8)
            }
            guard !isKnown else { continue }
            list.append(bytes: entry.bytes)
            count += 1
        }
        guard count <= IdentityTable.idsMax, list.count <= IdentityTable.bytesMax else { return nil }
        list.set(count, at: 0)
        return identities.intern(list.bytes)
    }

    // MARK: connections

    /// By what a connection is known when it reads, and when its watches fire.
    func identities(of watcher: WatcherID) -> IdentitiesID {
        Int(watcher) < watcherIdentities.count ? watcherIdentities[Int(watcher)] : IdentityTable.nobody
    }

    /// From now on the connection is known by these; it holds a reference of its own until `removeWatcher`.
    public func setIdentities(of watcher: WatcherID, to identities: IdentitiesID) {
        while watcherIdentities.count <= Int(watcher) { watcherIdentities.append(IdentityTable.nobody) }
        self.identities.retain(identities)
        self.identities.release(watcherIdentities[Int(watcher)])
        watcherIdentities[Int(watcher)] = identities
    }

    /// whoAmI: `{vector of ClientInfo{authScheme, user}}`. The order of the ids is that in which they were proved;
    /// ZooKeeper's is that of a hash table.
    func appendClientInfo(of watcher: WatcherID, to reply: ByteWriter) {
        let bytes = identities.bytes(identities(of: watcher))
        reply.append(Int32(bigEndian: bytes.load(as: Int32.self)))
        for element in IdList(bytes) {
            reply.append(buffer: element.scheme)
            // Not the digest, and nobody's name for "super".
            let isDigest = element.hasScheme("digest")
            let end = isDigest ? element.id.firstIndex(of: UInt8(ascii: ":")) ?? element.id.count : element.id.count
            reply.append(buffer: UnsafeRawBufferPointer(rebasing: element.id[..<end]))
        }
    }
}

/// What an access list grants.
enum AccessRights {
    /// The permissions of all entries that mean one of these ids. Every check is for one permission or for either of two,
    /// so their union says as much as the list.
    static func granted(by list: UnsafeRawBufferPointer, to identities: UnsafeRawBufferPointer) -> Int32 {
        var reader = ByteReader(list)
        guard let count = try? reader.vectorCount(minimumSize: 12), count > 0 else { return -1 }
        var rights: Int32 = 0
        while let permissions = try? reader.int32(), let scheme = try? reader.nonNullBuffer(),
            let id = try? reader.nonNullBuffer()
        {
            guard permissions & ~rights != 0 else { continue }
            if means(IdList.Element(scheme: scheme, id: id), oneOf: identities) { rights |= permissions }
        }
        return rights
    }

    private static func means(_ entry: IdList.Element, oneOf identities: UnsafeRawBufferPointer) -> Bool {
        if entry.hasScheme("world") { return IdList.Element.equal(entry.id, "anyone") }
        if entry.hasScheme("ip") {
            guard let pattern = AddressPattern(entry.id) else { return false }
            return IdList(identities).contains {
                $0.hasScheme("ip") && AddressPattern($0.id).map(pattern.matches) ?? false
            }
        }
        return IdList(identities).contains {
            IdList.Element.equal($0.scheme, entry.scheme) && IdList.Element.equal($0.id, entry.id)
        }
    }

    /// The list as somebody sees it who may read it and not set it: without the digests of passwords.
    static func appendMasked(_ list: UnsafeRawBufferPointer, to reply: ByteWriter) {
        var reader = ByteReader(list)
        guard let count = try? reader.int32() else { return }
        reply.append(count)
        while let permissions = try? reader.int32(), let scheme = try? reader.nonNullBuffer(),
            let id = try? reader.nonNullBuffer()
        {
            reply.append(permissions)
            reply.append(buffer: scheme)
            guard IdList.Element.equal(scheme, "digest") else {
                reply.append(buffer: id)
                continue
            }
            // Without a colon, as only a peer's frame can name it, nobody knows where the secret begins.
            let user = id.prefix(upTo: id.firstIndex(of: UInt8(ascii: ":")) ?? 0)
            reply.append(Int32(user.count + 2))
            reply.append(bytes: UnsafeRawBufferPointer(rebasing: user))
            reply.append(UInt8(ascii: ":"))
            reply.append(UInt8(ascii: "x"))
        }
    }
}
