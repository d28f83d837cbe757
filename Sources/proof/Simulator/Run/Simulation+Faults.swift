import Glibc
import Host
import Randomness
import Replica
import Zab

/// Carrying out what was planned to go wrong.
extension Simulation {
    /// The server that leads, if one does: often the one whom a fault hurts most.
    private var leader: Int? {
        servers.first { server in
            if let process = server.process, case .leading = process.host.member.peer.phase { true } else { false }
        }?.index
    }

    /// The victim: now and then whoever leads, otherwise anybody.
    func victim(_ random: inout SplitMix64) -> Int {
        if random.below(5) < 2, let leader { return leader }
        return random.below(servers.count)
    }

    private func pair(_ random: inout SplitMix64) -> (Int, Int) {
        let one = victim(&random)
        guard servers.count > 1 else { return (one, one) }
        let other = (one + 1 + random.below(servers.count - 1)) % servers.count
        return random.below(2) == 0 ? (one, other) : (other, one)
    }

    /// What a fault cuts, so that its end mends the same.
    private func remember(_ place: Int, _ cuts: [(Int, Int)]) {
        for (from, to) in cuts { network.cut(from, to) }
        activeCuts[place, default: []] += cuts.map { Cut(from: $0.0, to: $0.1) }
    }

    func begin(_ place: Int) {
        guard !isHealed else { return }
        let (number, fault) = setup.faults[place]
        var random = SplitMix64(seed: fault.choice)
        endCalm()
        counters.faults[Fault.Kind.allCases.firstIndex(of: fault.kind)!] += 1
        trace.mix(number)
        trace.say("fault \(number): \(fault.kind.rawValue) for \(fault.duration / 1_000_000) ms")
        switch fault.kind {
        case .kill: kill(victim(&random), downFor: fault.duration)
        case .killAll: for server in servers { kill(server.index, downFor: fault.duration) }
        case .powerLoss: cutPower(victim(&random), fault, &random)
        case .powerLossAll: for server in servers { cutPower(server.index, fault, &random) }
        case .blackout:
            if random.below(2) == 0 { blackout(place) } else { armedBlackout = place }
        case .powerLossAtRareStep: servers[victim(&random)].armedUntil = now + 4 * fault.duration
        case .electionAmbush:
            let strikes = 1 + random.below(4)
            ambush = Ambush(until: now + 8 * fault.duration, strikesLeft: strikes, random: random)
        case .pause: pause(victim(&random), fault)
        case .partition, .mute, .deafen, .cutPair, .cutOneWay: cut(place, fault.kind, &random)
        case .reset, .halfOpen: breakLinks(fault.kind, &random)
        case .forgottenLeader: forgetLeader(place)
        case .swizzle: swizzle(place, fault, &random)
        case .lossy:
            let (one, other) = pair(&random)
            network.setLoss(one, other, lost: random.below(200), doubled: random.below(200))
            network.setLoss(other, one, lost: random.below(200), doubled: random.below(200))
        case .slowNetwork: network.setSlowness(victim(&random), UInt64(2 + random.below(200)))
        case .slowDisk: slowDisks[victim(&random)] = UInt64(2 + random.below(500))
        case .reconnectStorm: reconnectClients()
        case .cutClient:
            let client = setup.servers + random.below(clients.count)
            for server in servers { remember(place, [(client, server.index), (server.index, client)]) }
        case .clockJump:
            let hour = 3_600_000
            servers[victim(&random)].wallClockError = Int64(random.below(2 * hour) - hour)
        case .syncError, .writeError, .shortWrite, .directorySyncError, .readError, .diskFull:
            spoilDisk(fault.kind, of: victim(&random), &random)
        case .bitFlip, .misdirectedBlock, .staleBlock: damage(fault.kind, &random)
        case .liar: lie(fault, &random)
        case .foreignFolder: bringForeignFolder(fault, &random)
        case .crowd: gatherCrowd(fault, &random)
        }
        events.plan(.faultEnd(place), at: now + fault.duration)
    }

    func end(_ place: Int) {
        guard !isHealed else { return }
        let fault = setup.faults[place].fault
        switch fault.kind {
        case .lossy, .slowNetwork:
            for host in 0..<(setup.servers + setup.clients) {
                if fault.kind == .slowNetwork { network.setSlowness(host, 1) }
                for other in 0..<(setup.servers + setup.clients) where fault.kind == .lossy {
                    network.setLoss(host, other, lost: 0, doubled: 0)
                }
            }
        case .slowDisk: slowDisks.removeAll()
        case .blackout:
            if armedBlackout == place {
                armedBlackout = nil
                blackout(place)
            }
        case .diskFull: for server in servers { server.disk.setSpace(.ample) }
        default: break
        }
        for cut in activeCuts.removeValue(forKey: place) ?? [] { network.mend(cut.from, cut.to) }
        resumeStalled()
    }

    // MARK: processes and machines

    /// At once, or in the middle of what the disk does next.
    private func cutPower(_ index: Int, _ fault: Fault, _ random: inout SplitMix64) {
        let server = servers[index]
        guard server.isRunning else { return }
        if random.below(2) == 0 {
            losePower(index, downFor: fault.duration)
        } else {
            server.disk.crash(after: server.disk.mutationCount + 1 + random.below(12))
        }
    }

    /// A client has just been told that its write is done: the worst moment for whoever lied to it.
    func wasAcknowledged() {
        guard let place = armedBlackout else { return }
        armedBlackout = nil
        events.plan(.blackout(place), at: now)
    }

    /// Half the time all disks lose in the same way: equal machines that do the same work behave alike, and what all of
    /// them lose nobody has.
    func blackout(_ place: Int) {
        guard !isHealed else { return }
        var random = SplitMix64(seed: setup.faults[place].fault.choice, stream: 1)
        let shared = random.below(2) == 0 ? drawLoss() : nil
        for server in servers {
            // Whoever lay in wait for this machine comes too late.
            server.armedUntil = 0
            losePower(server.index, keeping: shared)
        }
    }

    /// A server was elected, or has chosen the epoch that it is about to propose: an ambush strikes now, in one way or
    /// another. An epoch that its leader alone has accepted is what later makes trouble, so that moment is preferred.
    func isAtTurningPoint(_ index: Int, hasChosenEpoch: Bool) {
        guard var ambush, ambush.until > now, ambush.strikesLeft > 0, !isHealed else { return }
        defer { self.ambush = ambush }
        guard ambush.random.below(4) < (hasChosenEpoch ? 3 : 1) else { return }
        ambush.strikesLeft -= 1
        let isBrief = ambush.random.below(2) == 0
        let time = UInt64(ambush.random.unit() * Double(isBrief ? setup.tick / 4 : 4 * setup.tick))
        let other = ambush.random.below(servers.count)
        let isAlone = ambush.random.below(2) == 0
        var side = servers.indices.map { _ in !isAlone && ambush.random.below(2) == 0 }
        side[index] = true
        let ways = servers.indices.flatMap { one in servers.indices.map { (one, $0) } }
            .filter { side[$0.0] != side[$0.1] }
        let kind = ambush.random.below(10)
        switch kind {
        case 0: events.plan(.strike(server: index, isPowerLoss: false), at: now + time / 20)
        case 1: events.plan(.strike(server: other, isPowerLoss: true), at: now + time / 20)
        case 2...7:
            // What it is about to say is lost with the connection.
            for (one, another) in ways where one < another { events.plan(.sever(one, another), at: now) }
        default: break
        }
        guard kind >= 5 else { return }
        for (one, another) in ways {
            // In one direction only, now and then.
            if kind == 9, side[one] { continue }
            network.cut(one, another)
            events.plan(.mend(from: one, to: another), at: now + max(1, time))
        }
    }

    /// Every connection between the two breaks; of what is under way, so many packets at most still arrive.
    ///
    /// - Parameter told: which ends hear of it.
    func sever(
        _ one: Int,
        _ other: Int,
        keepingAtMost most: Int,
        telling told: (Connection) -> [Int] = { _ in [0, 1] }
    ) {
        for connection in connections where connection.isOpen.0 || connection.isOpen.1 {
            let hosts = connection.hosts
            guard hosts == (one, other) || hosts == (other, one) else { continue }
            breakConnection(connection, telling: told(connection), keepingAtMost: most)
        }
    }

    func reconnectClients() {
        for client in clients { client.loseConnection() }
    }

    private func pause(_ index: Int, _ fault: Fault) {
        guard servers[index].isRunning else { return }
        servers[index].pausedUntil = max(servers[index].pausedUntil, now + fault.duration)
        events.plan(.resume(index), at: servers[index].pausedUntil)
        trace.say("server \(index + 1): stands still")
    }

    // MARK: the network

    private func cut(_ place: Int, _ kind: Fault.Kind, _ random: inout SplitMix64) {
        var ways: [(Int, Int)] = []
        switch kind {
        case .partition:
            let side = servers.indices.map { _ in random.below(2) == 0 }
            for one in servers.indices {
                for other in servers.indices where side[one] != side[other] { ways.append((one, other)) }
            }
        case .mute, .deafen:
            let one = victim(&random)
            for other in servers.indices where other != one {
                ways.append(kind == .mute ? (one, other) : (other, one))
            }
        case .cutPair:
            let (one, other) = pair(&random)
            ways = [(one, other), (other, one)]
        default: ways = [pair(&random)]
        }
        // Some clients are on the far side, too.
        for client in clients where random.below(4) == 0 {
            let server = random.below(servers.count)
            ways += [(setup.servers + client.index, server), (server, setup.servers + client.index)]
        }
        trace.say("cut: \(ways.map { "\($0.0 + 1)->\($0.1 + 1)" }.joined(separator: " "))")
        remember(place, ways)
    }

    private func forgetLeader(_ place: Int) {
        guard let leader else { return }
        for other in servers.indices where other != leader {
            sever(leader, other, keepingAtMost: 2) { $0.hosts.0 == other ? [0] : [1] }
            // What it says goes through, the end of its connections as well.
            remember(place, [(other, leader)])
        }
        // In the time until the leader's patience ends too, others lead already.
        for step in 1...4 as ClosedRange<UInt64> {
            events.plan(.reconnect, at: now + step * setup.tick)
        }
    }

    private func breakLinks(_ kind: Fault.Kind, _ random: inout SplitMix64) {
        let (one, other) = pair(&random)
        let told = random.below(2)
        sever(one, other, keepingAtMost: 2) { _ in kind == .reset ? [0, 1] : [told] }
    }

    /// FoundationDB's: servers are clogged one after another, then freed in another order.
    private func swizzle(_ place: Int, _ fault: Fault, _ random: inout SplitMix64) {
        var victims = Array(servers.indices)
        random.shuffle(&victims)
        victims.removeLast(random.below(victims.count))
        for (step, server) in victims.enumerated() {
            let from = now + fault.duration * UInt64(step) / UInt64(2 * victims.count)
            events.plan(.clog(server), at: from)
        }
        random.shuffle(&victims)
        for (step, server) in victims.enumerated() {
            let until = now + fault.duration / 2 + fault.duration * UInt64(step + 1) / UInt64(2 * victims.count)
            events.plan(.unclog(server), at: until)
        }
    }

    func clog(_ server: Int) {
        guard !isHealed else { return }
        trace.say("server \(server + 1): clogged")
        for other in 0..<(setup.servers + setup.clients) where other != server {
            network.cut(server, other)
            network.cut(other, server)
        }
        clogged.append(server)
    }

    func unclog(_ server: Int) {
        guard let index = clogged.firstIndex(of: server) else { return }
        clogged.remove(at: index)
        trace.say("server \(server + 1): free again")
        for other in 0..<(setup.servers + setup.clients) where other != server {
            network.mend(server, other)
            network.mend(other, server)
        }
        resumeStalled()
    }

    // MARK: disks

    private func spoilDisk(_ kind: Fault.Kind, of index: Int, _ random: inout SplitMix64) {
        let disk = servers[index].disk
        let code = random.below(2) == 0 ? ENOSPC : EIO
        // The log's files, or anything.
        let place = random.below(2) == 0 ? logDirectory : "/"
        switch kind {
        case .syncError:
            let partly = random.below(2) == 0
            disk.failNext(partly ? .partialSync(code: code, seed: random.next()) : .sync(code: code), under: place)
        case .writeError: disk.failNext(.write(code: code, afterByteCount: 0), under: place)
        case .shortWrite: disk.failNext(.write(code: code, afterByteCount: 512 * random.below(8)), under: place)
        case .directorySyncError: disk.failNext(.directorySync(code: EIO), under: place)
        case .readError: disk.failNext(.read(code: EIO), under: place)
        default: disk.setSpace(random.below(2) == 0 ? .noneLeft : .refusing)
        }
    }

    /// Only so many disks are damaged at rest that the others are a quorum.
    func canBeDamaged(_ index: Int) -> Bool {
        index < setup.voters
            && (damagedServers.contains(index) || setup.electorate.canDoWithout(damagedServers.union([index])))
    }

    /// Damages stored bytes of a server that is down, or, of one that runs, bytes that it has left behind.
    ///
    /// No log can tell damage to its very last group from a write that a crash tore, so that damage is not in the model
    /// of what the engine withstands: see `SimulatedDisk.provenEnd`.
    private func damage(_ kind: Fault.Kind, _ random: inout SplitMix64) {
        let index = victim(&random)
        let server = servers[index]
        guard canBeDamaged(index) else { return }
        if server.isRunning { kill(index, downFor: setup.tick / 2) }
        let damaged = server.disk.copy()
        guard let what = damaged.damage(kind, logDirectory, &random) else { return }
        trace.say("server \(server.id): \(what)")
        damagedServers.insert(index)
        server.disk = damaged
    }
}

/// Lies in wait for servers that begin to lead.
struct Ambush {
    var until: Nanoseconds
    /// In the end somebody must get through, on what the strikes have left.
    var strikesLeft: Int
    var random: SplitMix64
}

/// A way that nothing gets through.
struct Cut: Hashable {
    var from: Int
    var to: Int
}
