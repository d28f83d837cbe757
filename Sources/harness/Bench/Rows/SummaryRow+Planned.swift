import Report
import Results
import Workload

extension SummaryRow.Load {
    init(_ run: PlannedRun) {
        self.init()
        point = run.loadName
        mode = run.load.replay == nil ? run.load.mode.name : "open_recorded"
        clients = run.load.clients
        outstanding = run.load.outstanding
        payloadBytes = run.load.replay?.meanBytes ?? run.load.payloadBytes
        // Where it is a share of what the machine can do, every run has its own, which stands in offered_per_s.
        ratePerSecond = run.rateShare == nil ? run.load.mode.ratePerSecond : nil
        rateProfile = run.load.replay?.words ?? run.load.profile?.words ?? ""
        ofCapacity = run.curvePoints > 0 ? run.rateShare : nil
        connectTo = run.load.connectTo.rawValue
        mix = run.load.mix.text
        multi = run.load.multi
        reads = run.load.mix.reads > 0 ? run.load.reads.rawValue : ""
        keys = run.load.keys
        warmUpSeconds = run.load.warmUpSeconds
        if let planned = run.load.recipe {
            recipe = planned.rawValue
            // It has neither.
            (mix, keys) = ("", 0)
        }
        guard let planned = run.load.storm else { return }
        mode = "storm"
        (storm, stormWatches, stormReaders) = (planned.fault.rawValue, planned.watches, run.load.readers)
    }

    /// As it stands in the manifest, every default written out.
    func members(of plan: LoadPlan) -> [String: String] {
        [
            "mode": mode, "clients": "\(clients)", "outstanding": "\(outstanding)", "payload_bytes": "\(payloadBytes)",
            "rate_per_s": CSVValue.number(ratePerSecond).plain, "connect_to": connectTo, "mix": mix, "keys": "\(keys)",
            "warmup_s": CSVValue.number(warmUpSeconds).plain,
            "duration_s": CSVValue.number(plan.durationSeconds).plain, "seed": "\(plan.seed)",
            "session_timeout_ms": "\(plan.sessionTimeoutMilliseconds)", "trace_every": "\(plan.traceEvery)",
        ]
    }
}

extension PlannedRun {
    /// What a manifest says of a run beyond its load.
    var faultMembers: [String: String] {
        var members: [String: String] = [:]
        if let rateShare { members["rate_share"] = CSVValue.number(rateShare).plain }
        if let words = load.replay?.words ?? load.profile?.words { members["rate_profile"] = words }
        if let precision = load.precision { members["precision"] = CSVValue.number(precision).plain }
        if let longest = load.longestSeconds { members["longest_s"] = CSVValue.number(longest).plain }
        if let recipe = load.recipe { members["recipe"] = recipe.rawValue }
        if let storm = load.storm {
            members["storm"] = storm.fault.rawValue
            (members["storm_watches"], members["storm_readers"]) = ("\(storm.watches)", "\(load.readers)")
        }
        for (name, bound) in [
            ("p50", objective?.p50Milliseconds), ("p99", objective?.p99Milliseconds),
            ("p999", objective?.p999Milliseconds),
        ] {
            if let bound { members["slo_response_\(name)_ms"] = CSVValue.number(bound).plain }
        }
        guard let faults else { return members }
        members["faults"] = faults.order(seed: load.seed).map(\.rawValue).joined(separator: " ")
        members["fault_pause_s"] = CSVValue.number(faults.pauseSeconds).plain
        members["watches"] = "\(faults.watches)"
        members["state_znodes"] = "\(faults.state.znodes)"
        members["state_data_bytes"] = "\(faults.state.dataBytes)"
        members["proxied"] = "\(ensemble.links.isProxied)"
        return members
    }
}

extension RateProfile {
    /// `steps 1000/s 5 s, 2000/s 5 s`, `ramp 100 to 2000/s`, `sine 1000 ±500/s in 10 s`, `burst 500/s, 5000/s for 0.5 of 5 s`.
    var words: String {
        func text(_ value: Double) -> String { CSVValue.number(value).plain }
        switch self {
        case .steps(let steps):
            return "steps " + steps.map { "\(text($0.ratePerSecond))/s \(text($0.seconds)) s" }.joined(separator: ", ")
        case .ramp(let from, let to, _): return "ramp \(text(from)) to \(text(to))/s"
        case .sine(let mean, let amplitude, let period):
            return "sine \(text(mean)) ±\(text(amplitude))/s in \(text(period)) s"
        case .burst(let base, let peak, let every, let length):
            return "burst \(text(base))/s, \(text(peak))/s for \(text(length)) of \(text(every)) s"
        }
    }
}

extension SummaryRow.Objective {
    init(_ planned: PlannedObjective?) {
        self.init()
        (p50, p99, p999) = (planned?.p50Milliseconds, planned?.p99Milliseconds, planned?.p999Milliseconds)
    }
}

extension OperationMix {
    /// `set:100`, `set:10 get:90`.
    var text: String {
        [("set", set), ("get", get), ("create", create), ("delete", delete), ("exists", exists)]
            .filter { $0.1 > 0 }.map { "\($0.0):\($0.1)" }.joined(separator: " ")
    }
}
