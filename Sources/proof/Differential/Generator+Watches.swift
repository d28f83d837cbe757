import Wire

/// The paths that a client watches, for each kind of watch as setWatches2 lists them: of data, of nothing there, of
/// children, persistent, recursive.
struct WatchedPaths {
    private static let most = 4
    private(set) var lists: [[[UInt8]]] = Array(repeating: [], count: 5)

    var isEmpty: Bool { lists.allSatisfy(\.isEmpty) }

    mutating func add(_ path: [UInt8], _ list: Int) {
        lists[list].removeAll { $0 == path }
        if lists[list].count == Self.most { lists[list].removeFirst() }
        lists[list].append(path)
    }
}

/// Clients that come back set their watches again, as client libraries do.
extension Generator {
    /// Nobody watches anything.
    mutating func forget() {
        watched = Array(repeating: WatchedPaths(), count: settings.seats)
        returning = nil
    }

    mutating func remember(_ action: Action) {
        switch action {
        case .open(let seat, _): watched[seat] = WatchedPaths()
        case .reopen(let seat, _): returning = seat
        case .burst(let seat, let calls): for call in calls { remember(call, of: seat) }
        default: break
        }
    }

    private mutating func remember(_ call: Call, of seat: Int) {
        guard call.fields.count == 2, case .text(let path?) = call.fields[0] else { return }
        switch (OpCode(rawValue: call.op), call.fields[1]) {
        case (.getData, .byte(1)): watched[seat].add(path, 0)
        // Whether there is a node, its client would know.
        case (.exists, .byte(1)): watched[seat].add(path, versions[path] == nil ? 1 : 0)
        case (.getChildren, .byte(1)), (.getChildren2, .byte(1)): watched[seat].add(path, 2)
        case (.addWatch, .int(0)): watched[seat].add(path, 3)
        case (.addWatch, .int(1)): watched[seat].add(path, 4)
        default: break
        }
    }

    mutating func watchAgain(_ seat: Int) -> Call? {
        guard !watched[seat].isEmpty, chance(9, in: 10) else { return nil }
        let lists = watched[seat].lists
        let isOld = lists[3].isEmpty && lists[4].isEmpty && chance(1, in: 2)
        var fields: [Field] = [.lastSeen]
        for list in isOld ? lists.prefix(3) : lists[...] {
            fields.append(.int(Int32(list.count)))
            fields += list.map { .text($0) }
        }
        return Call(isOld ? .setWatches : .setWatches2, fields, xid: ReservedXid.setWatches)
    }
}
