import Report
import Results
import Targets
import Workload

/// What was read back from the servers of one shard, or of the only ensemble.
struct ShardFindings: Sendable {
    var verification: Verification
    /// Of our servers' whole state; nil where they have none, or were not asked.
    var digests: DigestComparison?
}

extension RunValidity.Proof {
    /// All shards together: the worst of them, which is named.
    init(_ findings: [ShardFindings], wantsDigests: Bool) {
        self = .proven
        for (place, found) in findings.enumerated() {
            let proof = Self(found.verification, digests: found.digests, wantsDigests: wantsDigests)
            self = joined(with: findings.count > 1 ? proof.of("shard \(place + 1)") : proof)
        }
    }
}

extension SummaryRow {
    /// What was read back: sums over the shards, and whether within each of them all servers agree. Several shards have no
    /// common digest.
    mutating func noteProof(_ findings: [ShardFindings]) {
        guard let first = findings.first else { return }
        noteProof(first.verification, digests: first.digests)
        guard findings.count > 1 else { return }
        func sum(_ figure: (Verification) -> Int) -> Int { findings.reduce(0) { $0 + figure($1.verification) } }
        proof.writesAcknowledged = sum(\.writesAcknowledged)
        proof.acknowledgedVerified = sum(\.acknowledgedVerified)
        proof.ambiguous = sum(\.ambiguous)
        proof.reordered = sum(\.reordered)
        proof.digestsAgree = findings.allSatisfy { $0.verification.digestsAgree && $0.digests?.agree != false }
        (proof.digest, proof.digestZxid) = (nil, nil)
    }
}
