import Wire
import Zab
import Znodes

/// Watches: who waits for what, which events are due, and which came.
///
/// A watch begins with the reply that sets it. When a committed transaction fires it, its event becomes due on the
/// client's connection: it has to arrive before any reply that shows the transaction.
extension ClientChecker {
    static let dataMask: UInt8 = 1 << UInt8(WatchEvent.dataChanged) | 1 << UInt8(WatchEvent.deleted)
    static let childMask: UInt8 = 1 << UInt8(WatchEvent.childrenChanged) | 1 << UInt8(WatchEvent.deleted)
    static let existMask: UInt8 = 1 << UInt8(WatchEvent.created)

    /// The reply to `id`, from `zxid`, sets a watch: a transaction that is already known may have fired it.
    mutating func register(_ id: Int, _ path: Int32, after zxid: UInt64, mask: UInt8) {
        let client = Int(operations[id].client)
        if zxid < model.newest, let event = model.firstEvent(path, after: zxid, mask: mask) {
            return addDue(Due(zxid: event.zxid, path: path, type: event.type), to: client)
        }
        while watches.count <= Int(path) { watches.append([]) }
        let connection = clients[client].connection
        var index = 0
        while index < watches[Int(path)].count {
            let watch = watches[Int(path)][index]
            if clients[Int(watch.client)].connection != watch.connection {
                watches[Int(path)].remove(at: index)
                continue
            }
            if watch.connection == connection, watch.mask == mask { return }
            index += 1
        }
        watches[Int(path)].append(Watch(client: Int32(client), connection: connection, mask: mask))
    }

    /// An exists that finds nothing waits for the node.
    mutating func registerMissing(_ id: Int, _ zxid: UInt64, _ code: Int32) {
        guard code == ErrorCode.noNode.rawValue, case .exists(_, true) = operations[id].operation else { return }
        register(id, operations[id].path, after: zxid, mask: Self.existMask)
    }

    /// The last transaction's events become due at those who wait for them.
    mutating func fireWatches() {
        for (index, path) in model.touched.enumerated() where Int(path) < watches.count {
            guard !watches[Int(path)].isEmpty else { continue }
            // A path that the transaction changes twice has its events at the end of its list, in order.
            let later = model.touched[(index + 1)...].reduce(0) { $0 + ($1 == path ? 1 : 0) }
            let events = model.paths[Int(path)].events
            fire(path, events[events.count - 1 - later])
        }
    }

    private mutating func fire(_ path: Int32, _ event: ZnodeModel.Event) {
        let bit: UInt8 = 1 << UInt8(event.type)
        var kept = 0
        for index in watches[Int(path)].indices {
            let watch = watches[Int(path)][index]
            let client = Int(watch.client)
            if clients[client].connection != watch.connection { continue }
            if watch.mask & bit == 0 {
                watches[Int(path)][kept] = watch
                kept += 1
            } else {
                addDue(Due(zxid: event.zxid, path: path, type: event.type), to: client)
            }
        }
        watches[Int(path)].removeLast(watches[Int(path)].count - kept)
    }

    /// A client that watches a node's data and its children hears once that the node is deleted.
    private mutating func addDue(_ due: Due, to client: Int) {
        var place = clients[client].due.count
        while place > 0, clients[client].due[place - 1].zxid > due.zxid { place -= 1 }
        var index = place
        while index > 0, clients[client].due[index - 1].zxid == due.zxid {
            index -= 1
            if clients[client].due[index].path == due.path, clients[client].due[index].type == due.type { return }
        }
        clients[client].due.insert(due, at: place)
    }

    /// A notification arrived: `WatcherEvent`'s type and path.
    mutating func watchEvent(client: Int, type: Int32, path: String, at time: Nanoseconds) {
        lastTime = time
        eventsChecked += 1
        let event = Due(zxid: 0, path: model.path(path), type: type)
        if clients[client].unansweredSetWatches > 0, isAskedFor(type, path, client) {
            // Whether the setWatches owes it, or a watch from before it fired, its reply will tell.
            clients[client].unexplained.append(event)
            return
        }
        if let index = clients[client].due.firstIndex(where: { $0.path == event.path && $0.type == type }) {
            let due = clients[client].due.remove(at: index)
            clients[client].floor = max(clients[client].floor, due.zxid)
            while let first = clients[client].due.first, first.zxid < due.zxid {
                guard takeUnexplained(first.path, first.type, client) else {
                    report(.eventOrder, at: time, "client \(client) hears \(show(due)) before \(show(first))")
                    break
                }
                clients[client].due.removeFirst()
            }
            return
        }
        report(
            .spuriousEvent,
            at: time,
            "client \(client) hears \(show(event)), and no change after a watch of this connection explains it"
        )
    }

    private func show(_ due: Due) -> String {
        let names = ["?", "created", "deleted", "dataChanged", "childrenChanged"]
        let name = names.indices.contains(Int(due.type)) ? names[Int(due.type)] : "type \(due.type)"
        let zxid = due.zxid > 0 ? " at \(Zxid(rawValue: due.zxid))" : ""
        return "\(name) \(model.text(due.path))\(zxid)"
    }

    /// A reply that shows `zxid`: every event up to it must have come.
    mutating func checkDueEvents(_ id: Int, _ zxid: UInt64, at time: Nanoseconds) {
        let client = Int(operations[id].client)
        while let first = clients[client].due.first, first.zxid <= zxid {
            clients[client].due.removeFirst()
            if takeUnexplained(first.path, first.type, client) { continue }
            report(
                .missedEvent,
                at: time,
                "the reply to \(show(id)) is from \(Zxid(rawValue: zxid)), and \(show(first)) has not been heard"
            )
        }
    }

    // MARK: setWatches

    /// Whether a setWatches that is under way could cause the event.
    private func isAskedFor(_ type: Int32, _ path: String, _ client: Int) -> Bool {
        clients[client].unanswered[clients[client].unansweredHead...].contains { number in
            guard case .setWatches(_, let data, let exist, let children) = operations[number].operation else {
                return false
            }
            return switch type {
            case WatchEvent.created: exist.contains(path)
            case WatchEvent.deleted: data.contains(path) || children.contains(path)
            case WatchEvent.dataChanged: data.contains(path)
            case WatchEvent.childrenChanged: children.contains(path)
            default: false
            }
        }
    }

    /// The reply to a setWatches: what had changed has been heard before it, and the rest is watched now.
    mutating func checkSetWatches(_ id: Int, _ zxid: UInt64, at time: Nanoseconds) {
        guard case .setWatches(let relative, let data, let exist, let children) = operations[id].operation else {
            return
        }
        clients[Int(operations[id].client)].unansweredSetWatches -= 1
        for text in data {
            let path = model.path(text)
            let node = model.node(path, at: zxid)
            if let node, node.mzxid <= relative.rawValue {
                register(id, path, after: zxid, mask: Self.dataMask)
            } else {
                owes(id, path, node == nil ? WatchEvent.deleted : WatchEvent.dataChanged, zxid, at: time)
            }
        }
        for text in exist {
            let path = model.path(text)
            if model.node(path, at: zxid) == nil {
                register(id, path, after: zxid, mask: Self.existMask)
            } else {
                owes(id, path, WatchEvent.created, zxid, at: time)
            }
        }
        for text in children {
            let path = model.path(text)
            let list = model.node(path, at: zxid) == nil ? nil : model.children(path, at: zxid)
            if let list, list.pzxid <= relative.rawValue {
                register(id, path, after: zxid, mask: Self.childMask)
            } else {
                owes(id, path, list == nil ? WatchEvent.deleted : WatchEvent.childrenChanged, zxid, at: time)
            }
        }
        discardUnexplained(Int(operations[id].client), at: time)
    }

    private mutating func owes(_ id: Int, _ path: Int32, _ type: Int32, _ zxid: UInt64, at time: Nanoseconds) {
        let client = Int(operations[id].client)
        if takeUnexplained(path, type, client) { return }
        let due = Due(zxid: 0, path: path, type: type)
        report(
            .missedEvent,
            at: time,
            "the reply to \(show(id)) at \(Zxid(rawValue: zxid)) came before \(show(due))"
        )
    }

    private mutating func takeUnexplained(_ path: Int32, _ type: Int32, _ client: Int) -> Bool {
        guard let index = clients[client].unexplained.firstIndex(where: { $0.path == path && $0.type == type }) else {
            return false
        }
        clients[client].unexplained.remove(at: index)
        return true
    }

    private mutating func discardUnexplained(_ client: Int, at time: Nanoseconds) {
        guard clients[client].unansweredSetWatches == 0 else { return }
        for event in clients[client].unexplained {
            report(.spuriousEvent, at: time, "client \(client) hears \(show(event)), which setWatches does not owe it")
        }
        clients[client].unexplained.removeAll(keepingCapacity: true)
    }
}
