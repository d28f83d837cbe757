import Wire
import Zab
import Znodes

/// Watches: who waits for what, which events are due, and which came.
///
/// What a connection watches changes with its replies, in their order, and with the transactions between them. Events
/// come in the order of the transactions, and before any reply that shows them. So each connection has its place in the
/// list of everything that has happened: a reply takes it forward to the reply's zxid, and everything that it comes by
/// and that is watched must have been heard; an event takes it forward to the first thing that explains it. That a
/// transaction is known long before its server shows it makes no difference.
extension ClientChecker {
    /// On each side of a path, data and children, a connection has one watch; the last one that it asked for.
    enum WatchMode: UInt8 {
        case none
        case oneShot
        case persistent
        case recursive
    }

    enum WatchSide: UInt8 {
        case data = 0
        case children = 2
    }

    /// What one connection watches, by the model's numbers of the paths.
    struct Watching {
        private var modes: [UInt8] = []
        private(set) var count = 0
        private(set) var recursive = 0
        /// Everything before this place in `ClientChecker.happened` has been told, if it was watched.
        var place = 0

        func mode(_ path: Int32, _ side: WatchSide) -> WatchMode {
            guard Int(path) < modes.count else { return .none }
            return WatchMode(rawValue: modes[Int(path)] >> side.rawValue & 3)!
        }

        mutating func set(_ path: Int32, _ side: WatchSide, to mode: WatchMode) {
            while modes.count <= Int(path) { modes.append(0) }
            let old = self.mode(path, side)
            count += (mode == .none ? 0 : 1) - (old == .none ? 0 : 1)
            recursive += (mode == .recursive ? 1 : 0) - (old == .recursive ? 1 : 0)
            modes[Int(path)] = modes[Int(path)] & ~(3 << side.rawValue) | mode.rawValue << side.rawValue
        }
    }

    /// A reply to `id` sets a watch. What had happened by then is behind its connection (`checkDueEvents`).
    mutating func register(_ id: Int, _ path: Int32, _ side: WatchSide, _ mode: WatchMode = .oneShot) {
        clients[Int(operations[id].client)].watching.set(path, side, to: mode)
    }

    /// An exists that finds nothing waits for the node.
    mutating func registerMissing(_ id: Int, _ code: Int32) {
        guard code == ErrorCode.noNode.rawValue, case .exists(_, true) = operations[id].operation else { return }
        register(id, operations[id].path, .data)
    }

    /// The last transaction's events, in the order in which it made them.
    mutating func noteEvents() {
        for (index, path) in model.touched.enumerated() {
            // A path that the transaction changes twice has its events at the end of its list, in order.
            let later = model.touched[(index + 1)...].reduce(0) { $0 + ($1 == path ? 1 : 0) }
            let events = model.paths[Int(path)].events
            let event = events[events.count - 1 - later]
            happened.append(Due(zxid: event.zxid, path: path, type: event.type, acl: event.acl))
        }
    }

    // MARK: What is due

    /// Takes the connection forward by one event: if it watches what happened, it is due.
    private mutating func step(_ client: Int) {
        let event = happened[clients[client].watching.place]
        clients[client].watching.place += 1
        var isHit = false
        if event.type == WatchEvent.childrenChanged {
            isHit = take(event.path, .children, client, recursive: false)
        } else {
            isHit = take(event.path, .data, client, recursive: true)
            if event.type == WatchEvent.deleted, take(event.path, .children, client, recursive: true) { isHit = true }
            var above = model.paths[Int(event.path)].parent
            while !isHit, clients[client].watching.recursive > 0, above >= 0 {
                let watching = clients[client].watching
                isHit =
                    watching.mode(above, .data) == .recursive
                    || event.type == WatchEvent.deleted && watching.mode(above, .children) == .recursive
                above = model.paths[Int(above)].parent
            }
        }
        guard isHit else { return }
        let (isDue, isPossible) = standing(event, client)
        guard isPossible else { return }
        var due = event
        due.isOptional = !isDue
        clients[client].due.append(due)
    }

    /// Whether the connection watches this side of the path, and not only what is below; a one-shot watch is over then.
    private mutating func take(_ path: Int32, _ side: WatchSide, _ client: Int, recursive: Bool) -> Bool {
        switch clients[client].watching.mode(path, side) {
        case .none: return false
        case .oneShot:
            clients[client].watching.set(path, side, to: .none)
            return true
        case .persistent: return true
        case .recursive: return recursive
        }
    }

    /// Takes the connection forward over everything up to `zxid`.
    private mutating func advance(_ client: Int, through zxid: UInt64) {
        if clients[client].watching.count == 0 {
            var place = happened.count
            while place > clients[client].watching.place, happened[place - 1].zxid > zxid { place -= 1 }
            clients[client].watching.place = place
            return
        }
        while clients[client].watching.place < happened.count,
            happened[clients[client].watching.place].zxid <= zxid
        {
            step(client)
        }
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
        func place(of event: Due) -> Int? {
            clients[client].due.firstIndex { $0.path == event.path && $0.type == event.type }
        }
        var found = place(of: event)
        while found == nil, clients[client].watching.count > 0, clients[client].watching.place < happened.count {
            step(client)
            found = place(of: event)
        }
        guard let found else {
            let text =
                "client \(client) hears \(show(event)), and no change after a watch of this connection explains it"
            return report(.spuriousEvent, at: time, text)
        }
        let due = clients[client].due.remove(at: found)
        clients[client].floor = max(clients[client].floor, due.zxid)
        while let first = clients[client].due.first, first.zxid < due.zxid {
            guard takeUnexplained(first.path, first.type, client) || first.isOptional else {
                report(.eventOrder, at: time, "client \(client) hears \(show(due)) before \(show(first))")
                break
            }
            clients[client].due.removeFirst()
        }
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
        advance(client, through: zxid)
        clients[client].known.certain = clients[client].known.answered
        while let first = clients[client].due.first, first.zxid <= zxid {
            clients[client].due.removeFirst()
            if takeUnexplained(first.path, first.type, client) || first.isOptional { continue }
            report(
                .missedEvent,
                at: time,
                "the reply to \(show(id)) is from \(Zxid(rawValue: zxid)), and \(show(first)) has not been heard"
            )
        }
    }

    // MARK: setWatches

    /// The lists of a setWatches, if the operation is one.
    static func lists(_ operation: ClientOperation) -> SetWatchesLists? {
        switch operation {
        case .setWatches(let since, let data, let exist, let children):
            SetWatchesLists(since: since, data: data, exist: exist, children: children)
        case .more(.setWatches2(let lists)): lists
        default: nil
        }
    }

    /// Whether a setWatches that is under way could cause the event.
    private func isAskedFor(_ type: Int32, _ path: String, _ client: Int) -> Bool {
        clients[client].unanswered[clients[client].unansweredHead...].contains { number in
            guard let lists = Self.lists(operations[number].operation) else { return false }
            return switch type {
            case WatchEvent.created: lists.exist.contains(path)
            case WatchEvent.deleted: lists.data.contains(path) || lists.children.contains(path)
            case WatchEvent.dataChanged: lists.data.contains(path)
            case WatchEvent.childrenChanged: lists.children.contains(path)
            default: false
            }
        }
    }

    /// The reply to a setWatches: what had changed has been heard before it, and the rest is watched now. Lasting watches
    /// are owed nothing.
    mutating func checkSetWatches(_ id: Int, _ zxid: UInt64, at time: Nanoseconds) {
        guard let lists = Self.lists(operations[id].operation) else { return }
        clients[Int(operations[id].client)].unansweredSetWatches -= 1
        for text in lists.data {
            let path = model.path(text)
            let node = model.node(path, at: zxid)
            if let node, node.mzxid <= lists.since.rawValue {
                register(id, path, .data)
            } else {
                owes(id, path, node == nil ? WatchEvent.deleted : WatchEvent.dataChanged, zxid, at: time)
            }
        }
        for text in lists.exist {
            let path = model.path(text)
            if model.node(path, at: zxid) == nil {
                register(id, path, .data)
            } else {
                owes(id, path, WatchEvent.created, zxid, at: time)
            }
        }
        for text in lists.children {
            let path = model.path(text)
            let list = model.node(path, at: zxid) == nil ? nil : model.children(path, at: zxid)
            if let list, list.pzxid <= lists.since.rawValue {
                register(id, path, .children)
            } else {
                owes(id, path, list == nil ? WatchEvent.deleted : WatchEvent.childrenChanged, zxid, at: time)
            }
        }
        for (texts, mode) in [(lists.persistent, WatchMode.persistent), (lists.recursive, .recursive)] {
            for text in texts {
                let path = model.path(text)
                registerLasting(id, path, mode)
            }
        }
        discardUnexplained(Int(operations[id].client), at: time)
    }

    mutating func registerLasting(_ id: Int, _ path: Int32, _ mode: WatchMode) {
        register(id, path, .data, mode)
        register(id, path, .children, mode)
    }

    private mutating func owes(_ id: Int, _ path: Int32, _ type: Int32, _ zxid: UInt64, at time: Nanoseconds) {
        let client = Int(operations[id].client)
        if let node = model.node(path, at: zxid), !allows(id, ZnodeModel.read, node) { return }
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
