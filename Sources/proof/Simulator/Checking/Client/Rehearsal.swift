import Wire

/// What an operation would be told if it were done on the state at one zxid: the leader's checks, once more.
struct Rehearsal {
    let zxid: UInt64
    /// Who asks.
    private let ids: [Identity]
    /// What earlier operations of the same multi have done.
    private var overlay: [Standing] = []

    private struct Standing {
        var path: Int32
        var exists: Bool
        var version: Int32
        var creates: Int32
        var count: Int32
        var owner: Int64
        var acl: Int32
    }

    init(at zxid: UInt64, as ids: [Identity]) {
        self.zxid = zxid
        self.ids = ids
    }

    private func standing(_ path: Int32, _ model: ZnodeModel) -> Standing {
        if let known = overlay.last(where: { $0.path == path }) { return known }
        guard let node = model.node(path, at: zxid), let children = model.children(path, at: zxid) else {
            return Standing(path: path, exists: false, version: 0, creates: 0, count: 0, owner: 0, acl: 0)
        }
        return Standing(
            path: path,
            exists: true,
            version: node.version,
            creates: children.creates,
            count: children.count,
            owner: node.ephemeralOwner,
            acl: node.acl
        )
    }

    /// - Parameter path: the operation's, in the model.
    mutating func outcome(
        _ operation: ClientOperation,
        path: Int32,
        session: Int,
        _ model: inout ZnodeModel
    ) -> ErrorCode {
        if model.isClosed(session, at: zxid) { return .sessionExpired }
        switch operation {
        // One that fails is answered with results, not with an error.
        case .multi(let parts): return Self.objection(to: parts) ?? .ok
        case .closeSession: return .ok
        default: return one(operation, path, session, &model)
        }
    }

    /// The first operation of a multi that fails, and why; `.ok` if none does.
    mutating func multi(
        _ parts: [ClientOperation],
        session: Int,
        _ model: inout ZnodeModel
    ) -> (index: Int, error: ErrorCode) {
        if let reason = Self.objection(to: parts) { return (-1, reason) }
        for (index, part) in parts.enumerated() {
            let error: ErrorCode
            switch part {
            case .setData(let path, _, _), .create(let path, _, _, _, _, _), .createSwept(let path, _, _),
                .delete(let path, _), .check(let path, _):
                error = one(part, model.path(path), session, &model)
            default: error = .marshallingError
            }
            if error != .ok { return (index, error) }
        }
        return (parts.count, .ok)
    }

    /// Why these operations are no multi, whatever the state is; nil if they are one.
    private static func objection(to parts: [ClientOperation]) -> ErrorCode? {
        for part in parts {
            switch part {
            case .setData, .create, .createSwept, .delete, .check: break
            default: return .marshallingError
            }
        }
        return nil
    }

    private mutating func one(
        _ operation: ClientOperation,
        _ path: Int32,
        _ session: Int,
        _ model: inout ZnodeModel
    ) -> ErrorCode {
        switch operation {
        case .setData(_, _, let version):
            var node = standing(path, model)
            guard node.exists else { return absence(path, model) }
            guard model.allows(node.acl, 2, to: ids) else { return .noAuth }
            guard version == -1 || version == node.version else { return .badVersion }
            node.version &+= 1
            overlay.append(node)
            return .ok
        case .check(_, let version):
            let node = standing(path, model)
            guard node.exists else { return absence(path, model) }
            guard model.allows(node.acl, 1, to: ids) else { return .noAuth }
            return version == -1 || version == node.version ? .ok : .badVersion
        case .delete(_, let version):
            guard path > model.config else { return .badArguments }
            let above = standing(model.paths[Int(path)].parent, model)
            guard above.exists else { return .noNode }
            guard model.allows(above.acl, 8, to: ids) else { return .noAuth }
            var node = standing(path, model)
            guard node.exists else { return .noNode }
            guard version == -1 || version == node.version else { return .badVersion }
            guard node.count == 0 else { return .notEmpty }
            node.exists = false
            overlay.append(node)
            var parent = standing(model.paths[Int(path)].parent, model)
            parent.count -= 1
            overlay.append(parent)
            return .ok
        case .setACL(_, let acl, let version):
            guard Self.isValid(model.text(path)) else { return .badArguments }
            guard Self.accepted(acl, of: ids) != nil else { return .invalidACL }
            // Never within a multi, so nothing has to be put down.
            guard let node = model.node(path, at: zxid) else { return .noNode }
            guard model.allows(node.acl, 16, to: ids) else { return .noAuth }
            return version == -1 || version == node.aversion ? .ok : .badVersion
        case .create(_, _, let ephemeral, let sequential, let acl, _):
            let list = Self.accepted(acl, of: ids)
            if model.paths[Int(path)].parent >= 0 || path == model.root, list == nil { return .invalidACL }
            let owner = ephemeral ? model.sessions[session].id : 0
            return create(path, owner, sequential, model.number(of: list ?? []), &model)
        case .createSwept: return create(path, 0, false, model.number(of: ACL.openUnsafe), &model)
        default: return .ok
        }
    }

    private mutating func create(
        _ path: Int32,
        _ owner: Int64,
        _ isSequential: Bool,
        _ acl: Int32,
        _ model: inout ZnodeModel
    ) -> ErrorCode {
        let above = model.paths[Int(path)].parent
        guard above >= 0 else { return path == model.root ? .nodeExists : .badArguments }
        var parent = standing(above, model)
        guard parent.exists else { return .noNode }
        guard model.allows(parent.acl, 4, to: ids) else { return .noAuth }
        var path = path
        if isSequential {
            let digits = String(parent.creates)
            path = model.path(model.text(path) + String(repeating: "0", count: 10 - digits.count) + digits)
        }
        guard Self.isValid(model.text(path)) else { return .badArguments }
        guard !standing(path, model).exists else { return .nodeExists }
        guard parent.owner == 0 else { return .noChildrenForEphemerals }
        parent.creates &+= 1
        parent.count += 1
        overlay.append(parent)
        overlay.append(Standing(path: path, exists: true, version: 0, creates: 0, count: 0, owner: owner, acl: acl))
        return .ok
    }

    private func absence(_ path: Int32, _ model: ZnodeModel) -> ErrorCode {
        Self.isValid(model.text(path)) ? .noNode : .badArguments
    }

    /// The list as a server keeps it, without what it has twice; nil if it has to be refused. Knows what simulated
    /// clients ask for: anybody, a user and a digest, an address, and whoever asks.
    static func accepted(_ acl: [ACL], of ids: [Identity]) -> [ACL]? {
        if acl == ACL.openUnsafe { return acl }
        var unique: [ACL] = []
        for entry in acl where !unique.contains(entry) { unique.append(entry) }
        var kept: [ACL] = []
        for entry in unique {
            switch entry.scheme {
            case "world": if entry.id != "anyone" { return nil }
            case "digest": if entry.id.utf8.filter({ $0 == UInt8(ascii: ":") }).count != 1 { return nil }
            case "ip": if entry.id.utf8.filter({ $0 == UInt8(ascii: ".") }).count != 3 { return nil }
            case "auth":
                let proved = ids.filter { $0.scheme == "digest" }
                if proved.isEmpty { return nil }
                kept += proved.map { ACL(permissions: entry.permissions, scheme: $0.scheme, id: $0.id) }
                continue
            default: return nil
            }
            kept.append(entry)
        }
        return kept.isEmpty ? nil : kept
    }

    /// Absolute, and no empty, "." or ".." component. Simulated clients use plain ASCII.
    static func isValid(_ path: String) -> Bool {
        if path == "/" { return true }
        guard path.utf8.first == UInt8(ascii: "/") else { return false }
        return path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .allSatisfy { part in
                !part.isEmpty && !(part.count <= 2 && part.allSatisfy { $0 == UInt8(ascii: ".") })
                    && part.allSatisfy { $0 > 0x1f && $0 != 0x7f }
            }
    }
}
