import Log

extension Setup {
    /// Plays the seed to its end, or to the first violation.
    ///
    /// - Parameter sink: called with each line of a readable trace, if one is wanted.
    public func run(sink: ((String) -> Void)? = nil) -> Outcome { Simulation(self, sink: sink).run() }

    /// What is given and what is left out of what the seed says, as options of `zabbench simulate`.
    ///
    /// - Parameter commit: nil: what the seed says.
    public static func arguments(
        seed: UInt64,
        scenario: Scenario,
        strategy: SyncStrategy = .recycledFdatasync,
        commit: CommitOptions? = nil,
        reduction: Reduction = Reduction()
    ) -> String {
        var words = ["--replay", "\(seed)", "--scenario", scenario.name]
        if strategy != .recycledFdatasync { words += ["--strategy", strategy.label] }
        if let commit, commit != .natural || !scenario.countsLosses {
            words += ["--batching", commit.batching.label, "--in-flight", "\(commit.inFlight)"]
        }
        if let faults = reduction.faults {
            words += ["--faults", faults.isEmpty ? "none" : faults.map(String.init).joined(separator: ",")]
        }
        if let clients = reduction.clients { words += ["--clients", "\(clients)"] }
        if let ticks = reduction.ticks { words += ["--ticks", "\(ticks)"] }
        return words.joined(separator: " ")
    }

    /// Plays the same again.
    public func arguments(reduction: Reduction = Reduction()) -> String {
        Self.arguments(
            seed: seed,
            scenario: scenario,
            strategy: strategy,
            commit: givenCommit,
            reduction: reduction
        )
    }

    /// The scenario on which a campaign plays a seed when none is asked for: each in its turn.
    public static func scenario(of seed: UInt64) -> Scenario {
        // Everything at once is the scenario that finds most: every second seed.
        seed % 2 == 0 ? .mixed : Scenario.all[Int(seed / 2 % UInt64(Scenario.all.count))]
    }
}
