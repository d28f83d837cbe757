import Report
import Results
import Workload

extension SummaryRow.Load {
    init(_ run: PlannedRun) {
        self.init()
        point = run.loadName
        mode = run.load.mode.name
        clients = run.load.clients
        outstanding = run.load.outstanding
        payloadBytes = run.load.payloadBytes
        // Where it is a share of what the machine can do, every run has its own, which stands in offered_per_s.
        ratePerSecond = run.rateShare == nil ? run.load.mode.ratePerSecond : nil
        connectTo = run.load.connectTo.rawValue
        mix = run.load.mix.text
        keys = run.load.keys
        warmUpSeconds = run.load.warmUpSeconds
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

extension OperationMix {
    /// `set:100`, `set:10 get:90`.
    var text: String {
        [("set", set), ("get", get), ("create", create), ("delete", delete), ("exists", exists)]
            .filter { $0.1 > 0 }.map { "\($0.0):\($0.1)" }.joined(separator: " ")
    }
}
