import Wire
import Zab

/// Replies to the operations of `MoreOperation`, against the state and the watches at their zxid.
extension ClientChecker {
    mutating func checkMore(
        _ id: Int,
        _ zxid: UInt64,
        _ operation: MoreOperation,
        _ reader: inout ByteReader,
        at time: Nanoseconds
    ) throws(WireError) {
        switch operation {
        case .setWatches2: checkSetWatches(id, zxid, at: time)
        case .addWatch(let path, let isRecursive):
            // ErrorResponse.
            let code = try reader.int32()
            if code != 0 { wrongRead(id, zxid, "a result of \(code)", at: time) }
            let number = model.path(path)
            registerLasting(id, number, isRecursive ? .recursive : .persistent)
        case .removeWatches, .checkWatches: checkFound(id, operation, isFound: true, at: time)
        case .auth(let scheme, let secret): checkAuth(id, scheme, secret, 0, at: time)
        case .whoAmI: try checkWhoAmI(id, zxid, &reader, at: time)
        case .getEphemerals(let prefix):
            let expected = model.ephemerals(of: Int(operations[id].session), prefix, at: zxid)
            let count = try reader.vectorCount(minimumSize: 4) ?? 0
            var paths: [String] = []
            for _ in 0..<count { paths.append(try reader.string()) }
            if paths.sorted() != expected {
                wrongRead(id, zxid, "\(paths.sorted()) read, \(expected) expected", at: time)
            }
        case .getAllChildrenNumber(let text):
            let (number, path) = (try reader.int32(), model.path(text))
            let expected = readCode(id, path, zxid) == .ok ? model.count(below: path, at: zxid) : nil
            if number != expected {
                wrongRead(id, zxid, "\(number) counted, \(expected.map { "\($0)" } ?? "no node") expected", at: time)
            }
        case .multiRead(let parts):
            for part in parts { try checkPart(id, zxid, part, &reader, at: time) }
            let (type, isDone) = (try reader.int32(), try reader.bool())
            _ = try reader.int32()
            if type != -1 || !isDone { wrongRead(id, zxid, "more results than operations", at: time) }
        }
    }

    private mutating func checkPart(
        _ id: Int,
        _ zxid: UInt64,
        _ part: MoreOperation.Part,
        _ reader: inout ByteReader,
        at time: Nanoseconds
    ) throws(WireError) {
        let path = model.path(part.path)
        let (type, isDone, error) = (try reader.int32(), try reader.bool(), try reader.int32())
        let expected = part.isData ? OpCode.getData.rawValue : OpCode.getChildren.rawValue
        let there = model.node(path, at: zxid)
        let reason: ErrorCode = there.map { allows(id, ZnodeModel.read, $0) ? .ok : .noAuth } ?? .noNode
        guard let node = there, let children = model.children(path, at: zxid), reason == .ok else {
            guard type == -1, !isDone, error == reason.rawValue else {
                throw WireError("\(part.path) has the result \(type), error \(error), where it is \(reason)")
            }
            let code = try reader.int32()
            if code != reason.rawValue { wrongRead(id, zxid, "\(code) for \(part.path): \(reason)", at: time) }
            return
        }
        guard type == expected, !isDone, error == 0 else {
            throw WireError("\(part.path) has the result \(type), error \(error), and is there")
        }
        if part.isData {
            let data = try reader.buffer()
            let stat = try Stat(from: &reader)
            guard !model.hasData(node, data) || stat != model.stat(node, children) else { return }
            wrongRead(id, zxid, "\(ClientOperation.show(data.map(Array.init))) and \(stat) of \(part.path)", at: time)
        } else {
            let names = try Self.names(&reader)
            guard names.count != children.count || names.sum != children.namesSum else { return }
            wrongRead(id, zxid, "\(names.count) children of \(part.path), which has \(children.count)", at: time)
        }
    }

    /// Errors: of a node that is not there, and of a watch that is not.
    mutating func checkMoreError(
        _ id: Int,
        _ zxid: UInt64,
        _ operation: MoreOperation,
        _ code: Int32,
        at time: Nanoseconds
    ) {
        switch operation {
        case .removeWatches where code == ErrorCode.noWatcher.rawValue,
            .checkWatches where code == ErrorCode.noWatcher.rawValue:
            return checkFound(id, operation, isFound: false, at: time)
        case .auth(let scheme, let secret): return checkAuth(id, scheme, secret, code, at: time)
        case .getAllChildrenNumber(let text):
            let path = model.path(text)
            let expected = readCode(id, path, zxid)
            guard expected == .ok || code != expected.rawValue else { return }
        default: break
        }
        report(.unjustifiedError, at: time, "\(show(id)) fails with \(code) at \(Zxid(rawValue: zxid))")
    }

    /// What a removeWatches or a checkWatches found is what the connection watches; and what it removed goes.
    private mutating func checkFound(_ id: Int, _ operation: MoreOperation, isFound: Bool, at time: Nanoseconds) {
        let client = Int(operations[id].client)
        let (text, type, removes): (String, MoreOperation.WatcherType, Bool)
        switch operation {
        case .removeWatches(let path, let its): (text, type, removes) = (path, its, true)
        case .checkWatches(let path, let its): (text, type, removes) = (path, its, false)
        default: return
        }
        let path = model.path(text)
        let sides: [WatchSide] =
            switch type {
            case .children: [.children]
            case .data: [.data]
            case .any: [.data, .children]
            }
        let isWatched = sides.contains { clients[client].watching.mode(path, $0) != .none }
        if isWatched != isFound {
            let what = isFound ? "finds a watch that is not there" : "does not find its watch"
            report(.wrongWatches, at: time, "\(show(id)) \(what)")
        }
        if removes { for side in sides { register(id, path, side, .none) } }
    }
}

extension ZnodeModel {
    /// The paths of the session's ephemeral nodes that begin with `prefix`, sorted, as they were at `zxid`.
    func ephemerals(of session: Int, _ prefix: String, at zxid: UInt64) -> [String] {
        let id = sessions[session].id
        return paths.indices.compactMap { path -> String? in
            guard let node = node(Int32(path), at: zxid), node.ephemeralOwner == id else { return nil }
            let text = text(Int32(path))
            return prefix.isEmpty || prefix == "/" || text.hasPrefix(prefix) ? text : nil
        }.sorted()
    }

    /// How many nodes there are below the path; nil if it is not there.
    func count(below root: Int32, at zxid: UInt64) -> Int32? {
        guard node(root, at: zxid) != nil else { return nil }
        var count: Int32 = 0
        for path in paths.indices where path != Int(root) {
            var above = paths[path].parent
            while above >= 0, above != root { above = paths[Int(above)].parent }
            if above == root, node(Int32(path), at: zxid) != nil { count += 1 }
        }
        return count
    }
}
