import Report
import Results
import Targets
import Workload

extension BenchRun {
    /// Says what was proven of a recipe's promise, and whether the servers agree.
    func prove(
        _ outcome: RecipeOutcome,
        row: inout SummaryRow,
        digests: DigestComparison?,
        journal: EventJournal
    ) -> RunValidity.Proof {
        row.proof.writesAcknowledged = outcome.writesAcknowledged
        row.proof.reordered = outcome.violations.count
        if outcome.unread == nil {
            row.proof.acknowledgedVerified = max(0, outcome.writesAcknowledged - outcome.violations.count)
        }
        row.proof.ambiguous = outcome.unfinished
        row.noteDigests(digests)
        let wantsDigests = row.tag.system == "zabbench"
        let proof: RunValidity.Proof =
            if let complaint = outcome.complaint { .violated(complaint) } else if let unread = outcome.unread {
                .unverified(unread)
            } else { RunValidity.Proof(digests, wantsDigests: wantsDigests) }
        switch proof {
        case .notAttempted: break
        case .proven: journal.record("verified", detail: "\(outcome.writesAcknowledged) writes of recipes")
        case .unverified(let why): journal.record("not_verified", detail: why)
        case .violated(let why): journal.record("violated", detail: why)
        }
        return proof
    }

    /// Adds what a storm's crowd has seen to what was proven of the readers' load.
    func prove(
        _ report: StormReport,
        row: inout SummaryRow,
        proof: RunValidity.Proof,
        journal: EventJournal
    ) -> RunValidity.Proof {
        row.proof.writesAcknowledged = (row.proof.writesAcknowledged ?? 0) + report.changes
        row.proof.acknowledgedVerified = (row.proof.acknowledgedVerified ?? 0) + report.changesVerified
        if let violation = report.violation {
            journal.record("violated", detail: violation)
            return proof.isViolated ? proof : .violated(violation)
        }
        guard proof == .proven else { return proof }
        if let unread = report.unread {
            journal.record("not_verified", detail: unread)
            return .unverified(unread)
        }
        journal.record("watches_fired", detail: "\(report.watchesFired) of \(report.watchesDue)")
        return .proven
    }
}

extension StormReport {
    /// Why the storm is no result, whatever was proven; nil where it is one.
    var invalidReason: String? {
        if untold > 0 { return "\(untold) sessions did not say at the end whether their watches had fired" }
        guard missing > 0 else { return nil }
        if let refusal { return "\(missing) of \(lost) sessions did not come back; \(refusal)" }
        return "\(missing) of \(lost) sessions did not come back while anybody waited; make session_timeout_ms longer"
    }
}

extension RunValidity.Proof {
    /// What the servers' own digests alone say; nil where they have none.
    init(_ digests: DigestComparison?, wantsDigests: Bool) {
        if let digests, !digests.agree {
            self = .violated("the servers' own digests differ at zxid 0x\(String(digests.zxid, radix: 16))")
        } else if wantsDigests, digests == nil {
            self = .unverified("the servers did not come to the same zxid in time, so their digests were not compared")
        } else {
            self = .proven
        }
    }
}
