import Randomness
import Wire
import Zab
import Znodes

@testable import Simulator

/// The clients of a toy ensemble: random operations on few paths, so that most of them meet each other.
extension ToyEnsemble {
    private func path() -> String {
        let names = ["/a", "/b", "/a/x", "/a/y", "/b/x", "/a/x/z"]
        return names[random.below(names.count)]
    }

    private func data() -> [UInt8]? {
        random.below(8) == 0 ? nil : (0..<random.below(5)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    private func version() -> Int32 { random.below(3) == 0 ? Int32(random.below(3)) : -1 }

    private func write() -> ClientOperation {
        switch random.below(6) {
        case 0, 1:
            .create(
                path: path(),
                data: data(),
                ephemeral: random.below(3) == 0,
                sequential: random.below(5) == 0
            )
        case 2: .delete(path: path(), version: version())
        default: .setData(path: path(), data: data(), version: version())
        }
    }

    private func operation() -> ClientOperation {
        switch random.below(20) {
        case 0..<8: write()
        case 8..<10:
            .multi(
                (0..<(1 + random.below(3))).map { _ in
                    random.below(4) == 0 ? .check(path: path(), version: version()) : write()
                }
            )
        case 10..<12: .getData(path: path(), watch: random.below(2) == 0)
        case 12..<15: .exists(path: path(), watch: random.below(2) == 0)
        case 15..<17: .getChildren(path: random.below(3) == 0 ? "/" : path(), watch: random.below(2) == 0)
        case 17:
            random.below(3) > 0
                ? .sync()
                : .setWatches(
                    relativeZxid: zxid(random.below(committed + 1)),
                    data: [path()],
                    exist: [path()],
                    children: [path(), path()]
                )
        case 18: random.below(20) == 0 ? .closeSession : .ping
        default: .ping
        }
    }

    func send(_ client: Int) {
        let link = clients[client].link
        guard link >= 0 else { return connect(client) }
        guard clients[client].isOpen, !clients[client].isClosing, links[link].queue.count < 8 else { return }
        let op = operation()
        if case .closeSession = op { clients[client].isClosing = true }
        submit(client, op)
    }

    private func submit(_ client: Int, _ op: ClientOperation) {
        let link = clients[client].link
        clients[client].xid += 1
        let xid = clients[client].xid
        let id = checker.invoked(client: client, session: clients[client].session, xid: xid, op: op, at: now)
        heard(client)
        var entry = Entry(kind: .read, id: id, xid: xid, op: op)
        if case .ping = op {
            let zxid = zxid(servers[links[link].server].applied)
            return links[link].out.append(.answer(id: id, zxid: zxid, code: 0, body: []))
        }
        var isForwarded = op.isWrite
        if case .sync = op { isForwarded = true }
        if isForwarded {
            entry.kind = .write
            servers[links[link].server].forward.append((link, entry))
        }
        links[link].queue.append(entry)
        drain(link)
    }

    private func heard(_ client: Int) {
        clients[client].heardAt = now
        checker.heard(session: clients[client].session, at: now)
    }

    private func connect(_ client: Int) {
        var server = random.below(servers.count)
        if fault == .forgetsLastSeen, clients[client].session != 0 {
            server = servers.indices.min { servers[$0].applied < servers[$1].applied }!
        }
        let applied = zxid(servers[server].applied)
        guard applied >= clients[client].lastSeen || fault == .forgetsLastSeen else { return }
        let session = clients[client].session
        if session != 0, !isAlive(session) {
            guard isClosed(session) else { return }
            checker.connected(client: client, at: now)
            checker.sessionExpired(client: client, session: session, at: now)
            checker.disconnected(client: client)
            clients[client] = Client(xid: clients[client].xid)
            return
        }
        checker.connected(client: client, at: now)
        clients[client].link = links.count
        clients[client].isClosing = false
        var link = Link(client: client, server: server, session: session)
        if session == 0 {
            link.session = nextSession
            nextSession += 1
            let entry = Entry(kind: .connect, id: -1, xid: 0, op: .ping)
            link.queue.append(entry)
            servers[server].forward.append((links.count, entry))
        } else {
            heard(client)
            link.out.append(.opened(session))
        }
        links.append(link)
    }

    /// Whether the leader has not proposed the session's end.
    private func isAlive(_ session: Int64) -> Bool {
        let probe = ByteWriter()
        return changes.prepare(
            op: .sync,
            body: probe.bytes,
            sessionID: session,
            cxid: 0,
            zxid: zxid(log.count + 1),
            time: 0,
            state: servers[0].state,
            into: probe
        ) != .sessionExpired
    }

    private func isClosed(_ session: Int64) -> Bool {
        var model = checker.model
        return model.sessions[model.session(session)].closedZxid != nil
    }

    func disconnect(_ client: Int) {
        let link = clients[client].link
        guard link >= 0 else { return }
        links[link].isOpen = false
        servers[links[link].server].state.removeWatcher(WatcherID(link))
        checker.disconnected(client: client)
        clients[client].link = -1
        clients[client].isOpen = false
        if clients[client].session == 0 { clients[client] = Client(xid: clients[client].xid) }
    }

    /// The client takes the next frame from its connection.
    func deliver(_ link: Int) {
        guard links[link].isOpen, !links[link].out.isEmpty else { return }
        let client = links[link].client
        switch links[link].out.removeFirst() {
        case .opened(let session):
            checker.sessionOpened(client: client, session: session, at: now)
            let isBack = clients[client].session == session
            clients[client].session = session
            clients[client].isOpen = true
            if isBack {
                let watches = clients[client].watches
                submit(
                    client,
                    .setWatches(
                        relativeZxid: clients[client].lastSeen,
                        data: watches[0],
                        exist: watches[1],
                        children: watches[2]
                    )
                )
            } else {
                heard(client)
            }
        case .event(let type, let path):
            checker.watchEvent(client: client, type: type, path: path, at: now)
            let lists = [[], [1], [0, 2], [0], [2]][Int(type)]
            for list in lists { clients[client].watches[list].removeAll { $0 == path } }
        case .answer(let id, let zxid, let code, let body):
            body.withUnsafeBytes {
                checker.replied(id: id, headerZxid: zxid, code: code, body: $0, at: now)
            }
            clients[client].lastSeen = max(clients[client].lastSeen, zxid)
            answered(client, checker.operations[id].operation, code)
        }
    }

    private func answered(_ client: Int, _ op: ClientOperation, _ code: Int32) {
        let isOk = code == 0
        switch op {
        case .getData(let path, true) where isOk: watch(client, 0, path)
        case .exists(let path, true) where isOk: watch(client, 0, path)
        case .exists(let path, true) where code == ErrorCode.noNode.rawValue: watch(client, 1, path)
        case .getChildren(let path, true, _) where isOk: watch(client, 2, path)
        case .closeSession where isOk:
            disconnect(client)
            clients[client] = Client(xid: clients[client].xid)
        default: break
        }
    }

    private func watch(_ client: Int, _ list: Int, _ path: String) {
        if !clients[client].watches[list].contains(path) { clients[client].watches[list].append(path) }
    }
}
