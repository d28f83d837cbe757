import CPlatform
import Glibc
import Wire
import Workload

/// Makes one fault after the other in an ensemble under load, repairs each, and writes down what the servers say of it.
public struct FaultDirector: Sendable {
    /// How long an ensemble may take to elect and to serve after a fault, and to be whole after its repair.
    private static let patienceSeconds = 120.0
    /// After the first write of the new reign, before the repair, so that what follows at once is still the fault's.
    private static let settleTime = Duration.milliseconds(300)
    /// How long sessions may take to have answers to what was planned before the repair. Beyond that the load is more than
    /// the servers can carry, fault or not, and its row says so.
    private static let catchUpSeconds = 30.0
    private static let pollTime = Duration.milliseconds(50)

    public typealias Record = @Sendable (_ event: String, _ server: Int?, _ detail: String?) -> Void
    public typealias Progress = @Sendable (_ done: Int, _ total: Int, _ kind: FaultKind) -> Void

    private let ensemble: any Ensemble
    private let plan: PlannedFaults
    private let seed: UInt64
    private let control: LoadControl
    private let watches: WatchKeeper?
    private let record: Record
    private let progress: Progress

    /// - Parameters:
    ///   - control: of the load that runs meanwhile.
    ///   - watches: open; nil where the servers have none.
    ///   - record: hears of each step.
    public init(
        ensemble: any Ensemble,
        plan: PlannedFaults,
        seed: UInt64,
        control: LoadControl,
        watches: WatchKeeper?,
        record: @escaping Record,
        progress: @escaping Progress
    ) {
        self.ensemble = ensemble
        self.plan = plan
        self.seed = seed
        self.control = control
        self.watches = watches
        self.record = record
        self.progress = progress
    }

    /// - Throws: `TargetError` if the ensemble cannot be hurt this way or does not come back, `ClientError` if the watches
    ///   cannot be placed, `CancellationError`. What was seen to its end is in the notebook then, too.
    public func run(_ notebook: FaultNotebook) async throws {
        let order = plan.order(seed: seed)
        for (index, kind) in order.enumerated() {
            progress(index, order.count, kind)
            try await waitForWrites()
            try await Task.sleep(for: .seconds(plan.pauseSeconds))
            let placed = try await watches?.place()
            try await waitForWrites()
            var fault = try await inject(kind, number: index + 1)
            try await waitForReign(&fault)
            try await Task.sleep(for: Self.settleTime)
            if kind == .leaderCut { fault.passedBy = await ensemble.links?.bypass() }
            try await repair(&fault)
            try await waitUntilWhole(&fault)
            try await waitUntilCaughtUp(fault)
            if fault.hasJournals {
                // An observer's phases are no part of an election.
                let journals = await journals(of: ensemble.servers.filter(\.isVoter).map(\.id))
                fault.events = journals.flatMap(\.events).filter { $0.at >= fault.at }
                fault.synchronizations = journals.flatMap(\.synchronizations).filter { $0.at >= fault.at }
            }
            fault.watchesPlaced = placed
            fault.watchesKept = try await watches?.change()
            fault.endedAt = zb_monotonic_nanoseconds()
            record("fault_over", nil, kind.rawValue + watchesInWords(fault))
            notebook.append(fault)
        }
    }

    private func watchesInWords(_ fault: FaultObservation) -> String {
        guard let placed = fault.watchesPlaced, let kept = fault.watchesKept else { return "" }
        return ", \(kept) of \(placed) watches kept"
    }

    // MARK: The fault

    private func inject(_ kind: FaultKind, number: Int) async throws -> FaultObservation {
        guard let leader = await ensemble.leader() else {
            throw TargetError("no leader before fault \(number) (\(kind.rawValue))")
        }
        let all = ensemble.servers.map(\.id)
        let hit: Set<Int>
        switch kind {
        case .leaderKilled, .leaderHung, .leaderCut: hit = [leader.id]
        case .followersLost:
            let voters = ensemble.servers.filter(\.isVoter).map(\.id)
            let spare = voters.count - (voters.count / 2 + 1)
            hit = Set(voters.filter { $0 != leader.id }.prefix(spare))
        case .ensembleRestarted: hit = Set(all)
        }
        if kind == .leaderCut { try await checkLinks(kind) }
        if ensemble.traits.hasPhaseJournal {
            let before = await journals(of: all)
            if let silent = all.first(where: { id in !before.contains { $0.server == id && !$0.events.isEmpty } }) {
                throw TargetError(
                    "server \(silent) has no phase journal (zphs), so the phases of faults are unknown"
                )
            }
        }
        let epochBefore = control.newestEpoch
        let at = zb_monotonic_nanoseconds()
        switch kind {
        case .leaderKilled, .followersLost, .ensembleRestarted:
            for id in hit.sorted() { try await ensemble.kill(id, signal: SIGKILL) }
        case .leaderHung: try await ensemble.kill(leader.id, signal: SIGSTOP)
        case .leaderCut: ensemble.links?.isolate(leader.id, of: all.count)
        }
        let names = hit.sorted().map(String.init).joined(separator: ", ")
        record("fault_injected", hit.count == 1 ? hit.first : nil, "\(kind.rawValue), servers \(names)")
        var fault = FaultObservation(
            kind: kind,
            number: number,
            at: at,
            hit: hit,
            leaderBefore: leader.id,
            repairedAt: .max
        )
        fault.hasJournals = ensemble.traits.hasPhaseJournal
        fault.epochBefore = epochBefore
        // Here the repair is part of the fault: nobody is left to elect anybody.
        if kind == .ensembleRestarted { try await restart(&fault) }
        return fault
    }

    /// A cut that something passes by is none.
    private func checkLinks(_ kind: FaultKind) async throws {
        guard let links = ensemble.links else {
            throw TargetError(
                "\(kind.rawValue) needs the harness's proxy between the servers, but these servers are connected directly"
            )
        }
        guard let way = await links.bypass() else { return }
        throw TargetError(
            "\(kind.rawValue) cannot be made: server \(way.from) is connected to server \(way.to) past the harness's proxy"
        )
    }

    private func repair(_ fault: inout FaultObservation) async throws {
        fault.repairedAt = zb_monotonic_nanoseconds()
        switch fault.kind {
        case .leaderKilled, .followersLost: try await restart(&fault)
        case .leaderHung:
            for id in fault.hit {
                fault.servedAgainFrom[id] = zb_monotonic_nanoseconds()
                try await ensemble.kill(id, signal: SIGCONT)
            }
        case .leaderCut:
            for id in fault.hit {
                fault.servedAgainFrom[id] = zb_monotonic_nanoseconds()
                ensemble.links?.rejoin(id, of: ensemble.servers.count)
            }
        case .ensembleRestarted: return
        }
        record("fault_repaired", fault.hit.count == 1 ? fault.hit.first : nil, fault.kind.rawValue)
    }

    private func restart(_ fault: inout FaultObservation) async throws {
        for id in fault.hit.sorted() {
            guard await ensemble.waitForExit(of: id, seconds: Self.patienceSeconds) else {
                throw TargetError("server \(id) was killed but has not exited")
            }
        }
        for id in fault.hit.sorted() {
            fault.servedAgainFrom[id] = zb_monotonic_nanoseconds()
            try await ensemble.restart(id)
        }
    }

    // MARK: Waiting

    /// Until a write was answered just now.
    private func waitForWrites() async throws {
        let since = zb_monotonic_nanoseconds()
        try await wait("no write was answered") { control.lastWrite > since }
    }

    /// Until there is a new leader and a write was answered under it; where none is needed, until any was.
    private func waitForReign(_ fault: inout FaultObservation) async throws {
        guard fault.kind.needsElection else { return try await waitForWrites() }
        let witnesses = ensemble.servers.map(\.id).filter { id in
            fault.kind == .ensembleRestarted || !fault.hit.contains(id)
        }
        let complaint = "after \(fault.kind.rawValue), no write was answered under a new leader"
        let at = fault.at
        guard !fault.hasJournals else {
            return try await wait(complaint) {
                let leading = await journals(of: witnesses).flatMap(\.events)
                    .filter { $0.phase == .leading && $0.at >= at }.map(\.at).max()
                guard let leading else { return false }
                return control.lastWrite >= leading
            }
        }
        var seen: (leader: Int, at: UInt64)?
        let epochBefore = fault.epochBefore
        try await wait(complaint) {
            let leader = await ensemble.reports(of: witnesses).first { $0.report?.isLeading == true }?.server.id
            guard let leader else { return false }
            if seen?.leader != leader { seen = (leader, zb_monotonic_nanoseconds()) }
            // An answer that bears the new leader's epoch proves it; where answers bear none, one that came later.
            if epochBefore > 0 { return control.newestEpoch > epochBefore }
            return control.lastWrite > seen?.at ?? .max
        }
        (fault.leaderSeen, fault.leaderSeenAt) = (seen?.leader, seen?.at)
    }

    /// Until one server leads, all others serve under it, and all have what it had then.
    private func waitUntilWhole(_ fault: inout FaultObservation) async throws {
        let ids = ensemble.servers.map(\.id)
        let hasJournals = fault.hasJournals
        var recovery = EnsembleRecovery()
        try await wait("after the repair of \(fault.kind.rawValue), the ensemble did not recover") {
            if hasJournals {
                let newest = await journals(of: ids).compactMap(\.events.last)
                guard newest.count == ids.count, newest.count(where: { $0.phase == .leading }) == 1,
                    newest.allSatisfy({ [.leading, .following, .observing].contains($0.phase) }),
                    Set(newest.map(\.epoch)).count == 1
                else { return false }
            }
            let standings = await ensemble.standings()
            return recovery.isWhole(standings, at: zb_monotonic_nanoseconds())
        }
        fault.servingSince = recovery.servingSince
    }

    /// Until every session is done with the fault: servers that are whole again may keep some of them waiting, as etcd's
    /// followers do for seven seconds, and the next fault, or the end of the load, would be taken for the cause.
    private func waitUntilCaughtUp(_ fault: FaultObservation) async throws {
        let deadline = zb_monotonic_nanoseconds() + UInt64(Self.catchUpSeconds * 1e9)
        while !(await control.isCaughtUp(with: fault.repairedAt)), zb_monotonic_nanoseconds() < deadline {
            try await Task.sleep(for: Self.pollTime)
        }
    }

    private func wait(_ complaint: String, until condition: () async -> Bool) async throws {
        let deadline = zb_monotonic_nanoseconds() + UInt64(Self.patienceSeconds * 1e9)
        while !(await condition()) {
            guard zb_monotonic_nanoseconds() < deadline else {
                let states = await ensemble.reports().map {
                    "server \($0.server.id) is \($0.report?.state ?? "not responding")"
                }
                throw TargetError(
                    "\(complaint) within \(Int(Self.patienceSeconds)) s: \(states.joined(separator: ", "))",
                    evidence: ensemble.servers.flatMap { ensemble.lastLogLines(of: $0.id, count: 3) }
                )
            }
            try await Task.sleep(for: Self.pollTime)
        }
    }

    /// The journals of those that answer.
    private func journals(of ids: [Int]) async -> [PhaseJournal] {
        let servers = ensemble.servers.filter { ids.contains($0.id) }
        return await withTaskGroup(of: PhaseJournal?.self) { group in
            for server in servers {
                group.addTask { await self.ensemble.phaseJournal(of: server) }
            }
            var journals: [PhaseJournal] = []
            for await journal in group { if let journal { journals.append(journal) } }
            return journals
        }
    }
}
