import Randomness
import Wire

/// What servers do by themselves after a while, which the random play has no time for: sessions expire, containers and TTL
/// nodes are swept, each beside clients that watch; and sessions that move while they watch.
///
/// Only one thing is due at a time, and it is waited for, so that both sides do all in the same order. The servers give
/// sessions 3 seconds at least and sweep every fraction of a second.
struct TimeScript {
    /// Who watches on the first server; whose session ends; who watches from server to server; who changes what is there;
    /// who takes a session away.
    static let seats = 5
    private static let (watcher, victim, wanderer, actor, taker) = (0, 1, 2, 3, 4)

    private let servers: Int
    private var random: SplitMix64
    private var actions: [Action] = []
    private var number = 0

    static func actions(_ settings: DuelSettings) -> [Action] {
        var script = TimeScript(servers: settings.servers, random: SplitMix64(seed: settings.seed, stream: 2))
        for (seat, server) in [(watcher, 0), (wanderer, 1), (actor, 2)] {
            script.actions.append(.open(seat, script.opening(server)))
        }
        var scenes: [(inout TimeScript) -> Void] = [
            { $0.expiry(isSilent: false) }, { $0.expiry(isSilent: true) }, { $0.container() }, { $0.container() },
            { $0.lifetime() }, { $0.move(isLost: true) }, { $0.move(isLost: false) },
        ]
        if settings.servers > 1 { scenes.append { $0.takeover() } }
        while !scenes.isEmpty { scenes.remove(at: script.random.below(scenes.count))(&script) }
        return script.actions
    }

    private init(servers: Int, random: SplitMix64) {
        self.servers = servers
        self.random = random
    }

    // MARK: scenes

    /// A client with ephemerals is not heard any more: its connection has ended, or is silent.
    private mutating func expiry(isSilent: Bool) {
        let parent = path("/e")
        let names = (0..<1 + random.below(5)).map { "\(parent)/\($0)" }
        act(create(parent))
        act(.open(Self.victim, opening(0, timeout: 3000)))
        act(Self.victim, names.map { create($0, flags: 1) })
        act(Self.watcher, names.map { Call(.exists, [.text($0), .byte(1)]) } + [children(parent)])
        act(Self.wanderer, [Call(.addWatch, [.text(parent), .int(Int32(random.below(2)))])])
        if !isSilent { act(.drop(Self.victim)) }
        act(.wait(Self.watcher, events: names.count + 1))
        act(.wait(Self.wanderer, events: names.count))
        act(isSilent ? .ending(Self.victim, .ping) : .reopen(Self.victim, opening(0)))
        act(Self.watcher, [children(parent), Call(.getEphemerals, [.text(parent)])])
        act(Self.wanderer, [Call(.removeWatches, [.text(parent), .int(3)])])
    }

    /// Containers one in the other, from which the last child goes; one that never had any stays.
    private mutating func container() {
        let depth = 1 + random.below(3)
        let top = path("/c")
        var paths = [top]
        while paths.count < depth { paths.append(paths.last! + "/c") }
        let children = (0..<1 + random.below(3)).map { "\(paths.last!)/\($0)" }
        act(
            Self.actor,
            [container(path("/unused"))] + paths.map(container) + children.map { create($0) }
        )
        act(Self.watcher, paths.map { Call(.exists, [.text($0), .byte(1)]) })
        act(Self.wanderer, [Call(.addWatch, [.text(top), .int(1)])])
        act(Self.actor, children.map(delete))
        act(.wait(Self.watcher, events: depth))
        act(.wait(Self.wanderer, events: children.count + depth))
        act(Self.wanderer, [Call(.removeWatches, [.text(top), .int(3)])])
    }

    /// A TTL node is swept; one with a child stays as long as the child.
    private mutating func lifetime() {
        let held = path("/h")
        let short = path("/t")
        act(Self.actor, [lasting(held, milliseconds: 1), create(held + "/x")])
        act(Self.watcher, [Call(.addWatch, [.text(short), .int(0)]), Call(.exists, [.text(held), .byte(1)])])
        act(Self.actor, [lasting(short, milliseconds: Int64(1 + random.below(500)))])
        act(.wait(Self.watcher, events: 2))
        act(Self.actor, [Call(.exists, [.text(held), .byte(0)]), delete(held + "/x")])
        act(.wait(Self.watcher, events: 1))
        act(Self.watcher, [Call(.removeWatches, [.text(short), .int(3)])])
    }

    /// Watches of all kinds go with a session to another server, over a time without any if the connection is lost.
    private mutating func move(isLost: Bool) {
        let top = path("/m")
        act(Self.actor, [create(top), create(top + "/a"), create(top + "/b")])
        act(
            Self.wanderer,
            [
                Call(.getData, [.text(top + "/a"), .byte(1)]), Call(.exists, [.text(top + "/new"), .byte(1)]),
                children(top), Call(.addWatch, [.text(top + "/b"), .int(0)]),
                Call(.addWatch, [.text(top), .int(1)]),
            ]
        )
        let changes = [create(top + "/new"), setData(top + "/a"), setData(top + "/b"), delete(top + "/b")]
        if isLost {
            act(.drop(Self.wanderer))
            act(Self.actor, changes)
        }
        var opening = opening(random.below(servers))
        opening.sees = .own
        act(.reopen(Self.wanderer, opening))
        let lists = [[top + "/a"], [top + "/new"], [top], [top + "/b"], [top]]
        let fields = lists.flatMap { list in [.int(Int32(list.count))] + list.map { Field.text($0) } }
        act(Self.wanderer, [Call(.setWatches2, [.lastSeen] + fields, xid: ReservedXid.setWatches)])
        act(Self.actor, isLost ? [create(top + "/b"), setData(top), delete(top + "/a")] : changes)
        act(Self.wanderer, [children(top)])
        act(Self.wanderer, [top, top + "/b"].map { Call(.removeWatches, [.text($0), .int(3)]) })
    }

    /// Another connection takes the session to another server: whoever has the old one may read, and no more.
    private mutating func takeover() {
        let parent = path("/s")
        act(create(parent))
        act(.open(Self.victim, opening(0)))
        act(Self.victim, [create(parent + "/e", flags: 1)])
        act(.take(Self.taker, from: Self.victim, opening(1)))
        act(Self.victim, [Call(.exists, [.text(parent), .byte(0)])])
        let multi = Generator.header(OpCode.create.rawValue) + create(parent + "/old").fields + Generator.multiEnd
        act(.ending(Self.victim, random.below(2) == 0 ? create(parent + "/old") : Call(.multi, multi)))
        act(Self.taker, [create(parent + "/new"), Call(.getEphemerals, [.text(parent)])])
        act(.ending(Self.taker, Call(.closeSession)))
    }

    // MARK: words

    private mutating func path(_ prefix: String) -> String {
        number += 1
        return "\(prefix)\(number)"
    }

    private mutating func act(_ action: Action) { actions.append(action) }
    private mutating func act(_ call: Call) { act(Self.actor, [call]) }
    private mutating func act(_ seat: Int, _ calls: [Call]) { act(.burst(seat, calls)) }

    private func opening(_ server: Int, timeout: Int32 = .max) -> Opening {
        var opening = Opening()
        opening.timeout = timeout
        opening.server = server % servers
        return opening
    }

    private static let open: [Field] = [.int(1), .int(31), .text("world"), .text("anyone")]

    private func create(_ path: String, flags: Int32 = 0) -> Call {
        Call(.create, [.text(path), .text("data")] + Self.open + [.int(flags)])
    }

    private func container(_ path: String) -> Call {
        Call(.createContainer, [.text(path), .text([])] + Self.open + [.int(4)])
    }

    private func lasting(_ path: String, milliseconds: Int64) -> Call {
        Call(.createTTL, [.text(path), .text([])] + Self.open + [.int(5), .long(milliseconds)])
    }

    private func children(_ path: String) -> Call { Call(.getChildren, [.text(path), .byte(1)]) }
    private func setData(_ path: String) -> Call { Call(.setData, [.text(path), .text("new"), .int(-1)]) }
    private func delete(_ path: String) -> Call { Call(.delete, [.text(path), .int(-1)]) }
}
