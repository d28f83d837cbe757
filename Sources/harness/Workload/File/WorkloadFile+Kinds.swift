import Words

/// Transactions, the consistency of reads, and observers.
extension WorkloadFile {
    /// Refuses what makes no sense of `multi` and `reads` together with the rest of the load point.
    static func checkKinds(_ point: LoadPoint, _ table: SettingTable) throws(WorkloadError) {
        guard Set(point.multi).count == point.multi.count else {
            throw table.error("multi", "a number is listed twice; list each one once")
        }
        guard Set(point.reads).count == point.reads.count else {
            throw table.error("reads", "a word is listed twice; list each one once")
        }
        if let problem = objection(toReadsOf: point) { throw table.error("reads", problem) }
        if let most = point.multi.max(), most > 1, let problem = objection(to: most, writesOf: point) {
            throw table.error("multi", problem)
        }
    }

    private static func objection(toReadsOf point: LoadPoint) -> String? {
        guard point.reads.contains(.linearizable), point.mix.reads == 0 else { return nil }
        return "the mix has no get and no exists, so nothing is read; add one to the mix, or remove linearizable"
    }

    private static func objection(to multi: Int, writesOf point: LoadPoint) -> String? {
        guard point.mix.create + point.mix.delete == 0 else {
            return "a transaction has setData alone; remove create and delete from the mix, or let multi be 1"
        }
        guard point.mix.set > 0 else {
            return "a transaction has setData, and the mix has no set; add it, or let multi be 1"
        }
        let clients = point.clients.max() ?? 1
        guard point.keys / clients >= multi else {
            return
                "\(multi) keys of each of \(CountedNoun.text(clients, "client")) needed, and there are \(point.keys); let "
                + "keys be at least \(multi * clients)"
        }
        let bytes = multi * ((point.payloadBytes.max() ?? 0) + LoadPlan.transactionPartBytes)
        guard bytes <= LoadPlan.requestBytesMax else {
            return
                "\(multi) writes of \(point.payloadBytes.max() ?? 0) B make a request of \(bytes) B, and the servers take at "
                + "most \(LoadPlan.requestBytesMax); lower one of them"
        }
        return nil
    }

    /// `ensemble.observers`.
    static func observers(_ table: SettingTable, sizes: [Int]) throws(WorkloadError) -> [Int] {
        let observers = try table.integers("observers", in: 0...13, default: 0)
        guard Set(observers).count == observers.count else {
            throw table.error("observers", "a number is listed twice; list each one once")
        }
        guard observers.allSatisfy({ $0 == 0 }) || !sizes.contains(1) else {
            throw table.error(
                "observers",
                "an ensemble of 1 server runs alone, and nobody observes it; let ensemble.sizes be at least 2"
            )
        }
        return observers
    }

    /// Why not all systems can have them; nil where they can.
    static func objection(toObservers observers: [Int], _ systems: [PlannedSystem]) -> String? {
        guard observers.contains(where: { $0 > 0 }), let other = systems.first(where: { !$0.hasObservers }) else {
            return nil
        }
        return "only zabbench and zookeeper have observers; remove \(other.rawValue), or let observers be 0"
    }

    /// Refuses loads on observers where no ensemble has any.
    static func checkObservers(
        _ top: SettingTable,
        ensemble: EnsembleSweep,
        points: [LoadPoint]
    ) throws(WorkloadError) {
        guard ensemble.observers.allSatisfy({ $0 == 0 }),
            let point = points.first(where: { $0.connectTo.contains(.observers) }), let load = top.setting("load")
        else { return }
        var setting = load
        if case .list(let list) = load.value, let place = points.firstIndex(of: point) { setting = list[place] }
        let path = point.name.isEmpty ? "load" : "load.\(point.name)"
        throw try SettingTable(setting, path: path, source: top.source, keys: Keys.load).error(
            "connect_to",
            "the ensemble has no observers; set ensemble.observers, or name other servers"
        )
    }
}

extension WorkloadFile.LoadPoint {
    /// The load once for each number of writes in a transaction, and for each consistency.
    func kinds(of plan: LoadPlan) -> [LoadPlan] {
        multi.flatMap { multi in
            reads.map { reads in
                var kind = plan
                (kind.multi, kind.reads) = (multi, reads)
                return kind
            }
        }
    }
}

extension PlannedEnsemble {
    /// The same with so many observers.
    func with(observers: Int) -> PlannedEnsemble {
        var ensemble = self
        ensemble.observers = observers
        ensemble.links = links.limited(to: ensemble.serverCount)
        return ensemble
    }
}

extension PlannedSystem {
    /// Whether it has servers that follow without a vote.
    public var hasObservers: Bool { self == .zabbench || self == .zookeeper }
}

extension LoadPlan {
    /// Whether the ensemble has the servers that the sessions connect to: a list of observers may have a 0.
    func fits(_ ensemble: PlannedEnsemble) -> Bool { connectTo != .observers || ensemble.observers > 0 }
}
