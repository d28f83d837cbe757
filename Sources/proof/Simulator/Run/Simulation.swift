import Host
import Log
import Randomness
import Replica
import Wire
import Zab
import Znodes

/// One run: an ensemble, its clients, what lies between them and what goes wrong, decided by one seed, on virtual time
/// and on one thread.
///
/// Two phases. First faults and load, for a while; then everything is healed, and within a bound every server must
/// serve the same history and every client must get its writes done.
///
/// Exclusivity is checked where it can be at compile time only: everything here happens on one thread, and the checks at
/// run time took a seventh of it.
final class Simulation {
    let setup: Setup
    @exclusivity(unchecked) var events = EventQueue()
    @exclusivity(unchecked) var trace: Trace
    @exclusivity(unchecked) private(set) var now: Nanoseconds = 0
    @exclusivity(unchecked) var network: Network
    @exclusivity(unchecked) private(set) var servers: [SimulatedServer] = []
    @exclusivity(unchecked) private(set) var clients: [SimulatedClient] = []
    @exclusivity(unchecked) var connections: [Connection] = []
    let zab: ZabChecker
    @exclusivity(unchecked) var promises: PromiseChecker
    /// Nil where losses are counted: what clients see there contradicts what they saw before.
    @exclusivity(unchecked) var checker: ClientChecker?
    /// Only in scenarios that count losses.
    @exclusivity(unchecked) var losses: LossCounter?
    @exclusivity(unchecked) var counters = SimulationCounters()
    /// Only where a given load is played.
    @exclusivity(unchecked) var probe: LoadProbe?
    var newestEpoch: Epoch = 0
    /// Draws where reads are cut.
    @exclusivity(unchecked) var readRandom: SplitMix64
    /// The newest epoch that any server has accepted.
    @exclusivity(unchecked) var newestAccepted: Epoch = 0
    /// Draws for the disks: how long a sync takes, what a crash leaves.
    @exclusivity(unchecked) var diskRandom: SplitMix64
    @exclusivity(unchecked) private(set) var violation: Violation?
    private(set) var isHealed = false
    @exclusivity(unchecked) private var isOver = false
    /// By the fault's place: what it has cut.
    var closings = Closings()
    /// From when on no server has a reason to leave its leader; nil while it may have one.
    var calmFrom: Nanoseconds?
    /// A fault has begun, some time.
    var hadFault = false
    /// All is done, and the ensemble is watched for a while.
    private(set) var isResting = false
    private var restsUntil: Nanoseconds = 0
    var activeCuts: [Int: [Cut]] = [:]
    var clogged: [Int] = []
    var ambush: Ambush?
    /// The fault whose blackout comes with the next acknowledgement.
    var armedBlackout: Int?
    /// Servers that know which ensemble they belong to.
    var confirmedServers: Set<Int> = []
    /// Servers that were brought the data of another ensemble, until they are emptied.
    var foreignServers: Set<Int> = []
    /// Servers whose stored bytes were damaged: never more than a quorum can do without.
    var damagedServers: Set<Int> = []

    init(_ setup: Setup, probe: LoadProbe? = nil, sink: ((String) -> Void)? = nil) {
        self.setup = setup
        self.probe = probe
        trace = Trace(sink: sink)
        network = Network(hosts: setup.servers + setup.clients, setup: setup)
        let countsLosses = setup.scenario.countsLosses
        zab = ZabChecker(
            servers: setup.servers,
            electorate: setup.electorate,
            lastCounters: setup.lastCounters,
            isJudging: !countsLosses
        )
        promises = PromiseChecker(servers: setup.servers, electorate: setup.electorate)
        if countsLosses {
            losses = LossCounter()
        } else {
            checker = ClientChecker(allowances: [.staleSyncs, .staleReconnects, .expiryBeforeClose])
        }
        readRandom = SplitMix64(seed: setup.seed, stream: Setup.Stream.reads)
        diskRandom = SplitMix64(seed: setup.seed, stream: Setup.Stream.disks)
        servers = (0..<setup.servers).map {
            SimulatedServer(index: $0, id: setup.id(of: $0), clockRate: setup.clockRates[$0], probe: probe)
        }
        clients = (0..<setup.clients).map { SimulatedClient(world: self, index: $0) }
    }

    /// A server's end of a connection and what its host has of it hold each other.
    deinit {
        for connection in connections {
            connection.sockets.0?.side = nil
            connection.sockets.1?.side = nil
        }
    }

    // MARK: the run

    func run() -> Outcome {
        for server in servers { start(server.index) }
        for client in clients { client.start() }
        for (place, planned) in setup.faults.enumerated() { events.plan(.fault(place), at: planned.fault.at) }
        events.plan(.heal, at: setup.duration)
        while violation == nil, !isOver, playNext() {}
        judgeClients()
        countLosses()
        return outcome()
    }

    /// Plays the next event and checks what came of it. False if there is none.
    func playNext() -> Bool {
        guard let (time, event) = events.next() else { return false }
        now = time
        trace.now = time
        counters.events += 1
        handle(event)
        if let found = zab.violation { report(found) }
        if let found = checker?.violations.first { report(Violation(kind: .client, text: "\(found)")) }
        return true
    }

    /// What can be said of the clients' answers only when there are no more of them.
    func judgeClients() {
        guard violation == nil else { return }
        checker?.finish()
        if let found = checker?.violations.first { report(Violation(kind: .client, text: "\(found)")) }
    }

    private func outcome() -> Outcome {
        for server in servers { trace.mix(server.process?.host.member.state.digest ?? 0) }
        counters.simulatedTime = now
        counters.operations = checker?.operationsChecked ?? losses?.answers ?? 0
        if losses == nil { counters.commits = zab.committed.count }
        counters.checks = zab.checks
        counters.connections = connections.count
        counters.diskFaults += servers.reduce(0) { $0 + $1.disk.faultCounters.total }
        return Outcome(
            setup: setup,
            hash: trace.hash,
            violation: violation,
            counters: counters,
            losses: losses?.report
        )
    }

    func report(_ found: Violation) {
        guard violation == nil else { return }
        violation = found
        trace.say("VIOLATION of \(found)")
    }

    private func handle(_ event: Event) {
        switch event {
        case .tick(let server, let life): with(server, life, event) { $0.tick() }
        case .endOfRound(let server, let life): with(server, life, event) { $0.endRound() }
        case .log(let server, let life, let turn): with(server, life, event) { $0.logAdvanced(turn) }
        case .snapshot(let server, let life): with(server, life, event) { $0.snapshotAdvanced() }
        case .timer(let server, let life, let timer): with(server, life, event) { $0.timer(timer) }
        case .start(let server): start(server)
        case .arrival(let connection, let direction):
            trace.mix(connection << 1 | direction)
            arrival(connection, direction)
            checkPower(connections[connection].host(1 - direction))
        case .dialled(let connection):
            dialled(connection)
            checkPower(connections[connection].hosts.0)
        case .client(let client, _): clients[client].wake()
        case .fault(let place): begin(place)
        case .faultEnd(let place): end(place)
        case .blackout(let place): blackout(place)
        case .strike(let server, let isPowerLoss):
            if isHealed { break }
            if isPowerLoss { losePower(server) } else { kill(server, downFor: setup.tick / 2) }
        case .sever(let one, let other): if !isHealed { sever(one, other, keepingAtMost: 0) }
        case .lie(let server, let life, let choice): sayLies(as: server, life: life, choice)
        case .comer(let server, let choice): comes(to: server, choice)
        case .leaver(let connection): leaves(connection)
        case .reconnect: if !isHealed { reconnectClients() }
        case .mend(let from, let to):
            network.mend(from, to)
            resumeStalled()
        case .resume(let server): resume(server)
        case .clog(let server): clog(server)
        case .unclog(let server): unclog(server)
        case .heal: heal()
        case .deadline: judgeProgress()
        }
    }

    /// Steps a server that is still alive; what it did and what became of it goes into the trace.
    private func with(_ index: Int, _ life: Int, _ event: Event, _ body: (SimulatedProcess) -> Void) {
        let server = servers[index]
        guard server.life == life, let process = server.process, !deferWhilePaused(index, event) else { return }
        trace.mix(now ^ UInt64(index) << 56)
        body(process)
        trace.mix(process.host.member.history.last.rawValue)
        checkPower(index)
    }

    /// A process that stands still takes things up where they were when it goes on.
    func deferWhilePaused(_ index: Int, _ event: Event) -> Bool {
        guard servers[index].pausedUntil > now else { return false }
        servers[index].deferred.append(event)
        return true
    }

    /// What waited for a process that stood still happens now, in its order.
    func resume(_ index: Int) {
        guard servers[index].pausedUntil <= now else { return }
        let waiting = servers[index].deferred
        servers[index].deferred.removeAll()
        for event in waiting { events.plan(event, at: now) }
    }

    /// A process that gave up ends; a machine that lost power in the middle of a disk operation goes down.
    private func checkPower(_ host: Int) {
        guard host < servers.count, let process = servers[host].process else { return }
        if servers[host].disk.isCrashed {
            losePower(host)
        } else if let reason = process.failed {
            processEnded(host, reason)
        }
    }

    // MARK: starts and ends

    var dataDirectory: String { "/data" }
    var logDirectory: String { "/log" }

    func start(_ index: Int) {
        let server = servers[index]
        server.isStarting = false
        guard !server.isRunning, server.damage == nil else { return }
        server.powerOn()
        do {
            let process = try SimulatedProcess.recover(on: server, in: self)
            trace.mix(process.host.member.history.last.rawValue)
            counters.starts += 1
            process.start()
        } catch {
            refusedToStart(index, error)
        }
        resumeStalled()
    }

    private func refusedToStart(_ index: Int, _ error: any Error) {
        let server = servers[index]
        counters.refusals += 1
        trace.say("server \(server.id): does not start: \(error)")
        if server.disk.isCrashed {
            losePower(index)
        } else if case .log(.disk) = error as? RecoveryError {
            // Somebody looks after the disk and starts it again.
            restart(index, after: setup.tick)
        } else {
            server.damage = "\(error)"
            if losses == nil, startsWithoutNewestSnapshot(index) {
                report(
                    Violation(
                        kind: .recovery,
                        text:
                            "server \(server.id) does not start, although it would do so from its older snapshot: \(error)"
                    )
                )
            }
            guard !damagedServers.contains(index) else { return }
            if losses != nil {
                losses?.excluded(
                    Violation(kind: .integrity, text: "server \(server.id) refuses its own data: \(error)")
                )
                return
            }
            report(
                Violation(
                    kind: .integrity,
                    text: "server \(server.id) refuses its own data, which nobody has damaged: \(error)"
                )
            )
        }
    }

    func restart(_ index: Int, after delay: Nanoseconds) {
        guard !servers[index].isStarting else { return }
        servers[index].isStarting = true
        events.plan(.start(server: index), at: now + delay)
    }

    /// The process is killed, or ends by itself; its page cache lives on.
    func kill(_ index: Int, downFor delay: Nanoseconds) {
        guard servers[index].isRunning else { return }
        counters.kills += 1
        trace.say("server \(servers[index].id): killed")
        dropConnections(of: index, isPowered: true)
        servers[index].ended(isPowered: true)
        resume(index)
        restart(index, after: delay)
    }

    private func processEnded(_ index: Int, _ reason: String) {
        counters.stops += 1
        dropConnections(of: index, isPowered: true)
        servers[index].ended(isPowered: true)
        resume(index)
        restart(index, after: isHealed ? setup.tick / 10 : setup.tick)
    }

    /// The machine goes down; of what was not synced, the disk keeps what the draw says.
    func losePower(_ index: Int, downFor delay: Nanoseconds? = nil, keeping given: SimulatedDisk.Loss? = nil) {
        let server = servers[index]
        let loss = given ?? drawLoss()
        counters.powerLosses += 1
        trace.say("server \(server.id): power lost, the disk keeps: \(loss)")
        if let process = server.process {
            process.log.powerFails(onto: server.disk) { diskRandom.below($0) }
            dropConnections(of: index, isPowered: false)
        }
        server.ended(isPowered: false)
        resume(index)
        server.disk = server.disk.afterCrash(loss)
        restart(index, after: delay ?? UInt64(diskRandom.unit() * Double(3 * setup.tick)))
    }

    func drawLoss() -> SimulatedDisk.Loss {
        switch diskRandom.below(10) {
        case 0, 1, 2: .lost
        case 3: .scatteredPages(seed: diskRandom.next())
        case 4: .torn
        case 5: .tornPages
        case 6: .namesOnly
        case 7: .contentsOnly
        case 8: .reordered(seed: diskRandom.next())
        default: .scattered(seed: diskRandom.next())
        }
    }

    func syncTime(_ index: Int) -> Nanoseconds {
        let spread = setup.syncTime.upperBound - setup.syncTime.lowerBound
        let time = setup.syncTime.lowerBound + (spread > 0 ? UInt64(diskRandom.below(Int(spread))) : 0)
        return time * slowDisks[index, default: 1]
    }

    /// By server: how many times slower its disk is.
    var slowDisks: [Int: UInt64] = [:]

    // MARK: coming to rest

    /// How long the ensemble may take to serve again after the last fault.
    private var progressBound: Nanoseconds { 40 * setup.tick + 10_000_000_000 }

    private func heal() {
        isHealed = true
        closings.forgetCounts()
        trace.say("everything heals")
        counters.faultTime = now
        endForeignServers()
        network.healAll()
        slowDisks.removeAll()
        for server in servers {
            server.disk.clearFaults()
            server.disk.setSpace(.ample)
            server.pausedUntil = min(server.pausedUntil, now)
            resume(server.index)
            server.armedUntil = 0
            if !server.isRunning, server.damage == nil { restart(server.index, after: setup.tick / 10) }
        }
        resumeStalled()
        for client in clients { client.healed() }
        events.plan(.deadline, at: now + setup.tick)
    }

    /// Looks at every tick whether all is well; if it is not within the bound, that is a violation.
    private func judgeProgress() {
        repairDamaged()
        let problem = unrest()
        if problem == nil {
            if !isResting {
                trace.say("at rest")
                isResting = true
                restsUntil = now + restTime
                noteServing()
            }
            guard now < restsUntil else { return isOver = true }
        }
        if let problem, now >= setup.duration + progressBound {
            report(Violation(kind: .progress, text: problem))
            return
        }
        events.plan(.deadline, at: now + setup.tick)
    }

    /// What was found broken is replaced by an empty disk, as the error message says, once the others serve without it:
    /// the one moment at which that is safe.
    private func repairDamaged() {
        guard servers.contains(where: { $0.damage != nil }) else { return }
        let whole = servers.filter { $0.damage == nil }
        guard whole.allSatisfy({ $0.process?.host.member.peer.phase.isServing ?? false }) else { return }
        for server in servers where server.damage != nil {
            trace.say("server \(server.id): starts empty")
            counters.repairs += 1
            server.damage = nil
            server.disk = SimulatedDisk()
            wiped(server.index)
            restart(server.index, after: 1)
            return
        }
    }

    /// - Parameter inUse: others may still hear what the server said before.
    func wiped(_ index: Int, inUse: Bool = false) {
        confirmedServers.remove(index)
        if inUse { zab.lostItsData(index) } else { zab.wiped(index) }
        promises.wiped(index)
    }

    /// Why the ensemble is not at rest; nil if it is.
    private func unrest() -> String? {
        var leader: Int?
        for server in servers {
            guard let process = server.process else {
                return "server \(server.id) is down (\(server.damage ?? "starting"))"
            }
            let phase = process.host.member.peer.phase
            guard phase.isServing else {
                var text = "server \(server.id) does not serve: \(phase)"
                if case .joining(let leader) = phase {
                    text += "; \(closings.text(server.index, setup.index(of: leader)))"
                }
                return text
            }
            if case .leading = phase { leader = server.index }
        }
        guard let leader, let first = servers[leader].process else { return "nobody leads" }
        for client in clients {
            if let why = client.unrest { return "client \(client.index + 1) \(why)" }
        }
        for server in servers {
            let process = server.process!
            let (mine, theirs) = (first.host.member.history.applied, process.host.member.history.applied)
            let isSame = losses == nil ? mine == zab.lastCommitted.zxid : sameHistory(first, process)
            guard mine == theirs, isSame, first.host.member.history.last == mine else {
                return
                    "server \(server.id) has applied \(theirs), the leader \(mine) of \(first.host.member.history.last)"
            }
        }
        return nil
    }

    private func sameHistory(_ one: SimulatedProcess, _ other: SimulatedProcess) -> Bool {
        one.host.member.history.appliedChain == other.host.member.history.appliedChain
    }

    /// The ensemble is at rest: what is in its history now is what it has kept.
    private func countLosses() {
        guard losses != nil, violation == nil, let process = servers.first?.process else { return }
        let end = LogPosition(
            zxid: process.host.member.history.applied,
            chain: process.host.member.history.appliedChain
        )
        guard let history = zab.history(endingAt: end) else {
            return report(Violation(kind: .integrity, text: "the history up to \(end.zxid) was never broadcast so"))
        }
        counters.commits = history.count
        losses?.settle(with: history.map { $0.payload })
        trace.mix(losses?.report.lost ?? 0)
        if let found = losses?.report.violation { report(found) }
    }
}
