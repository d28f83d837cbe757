import Report
import Targets
import Workload

extension RunValidity.Facts {
    init(_ result: LoadResult) {
        self.init()
        interrupted = result.interrupted
        measuredSeconds = result.measuredSeconds
        operationsPlanned = result.planned
        operationsCompleted = result.completed
        operationsUnfinished = result.unfinished
        errors = result.errorsTotal
        isOpenLoop = result.plan.mode.ratePerSecond != nil
        offeredPerSecond = result.offeredPerSecond
        achievedPerSecond = result.achievedPerSecond
        generatorBusyShare = result.generatorBusyShare
    }
}

extension RunValidity.Proof {
    /// - Parameter digests: of our servers' whole state; nil where they have none.
    init(_ verification: Verification, digests: DigestComparison?, wantsDigests: Bool) {
        if verification.votersRead < verification.quorum {
            self = .unverified(verification.complaint ?? "too few servers could be read")
        } else if !verification.isProven {
            self = .violated(verification.complaint ?? "the verifier refuses the run")
        } else if let digests, !digests.agree {
            self = .violated("the servers' own digests differ at zxid 0x\(String(digests.zxid, radix: 16))")
        } else if wantsDigests, digests == nil {
            self = .unverified("the servers did not come to the same zxid in time, so their digests were not compared")
        } else {
            self = .proven
        }
    }

    /// Of one of several loads, which its words name.
    func of(_ load: String) -> Self {
        switch self {
        case .proven, .notAttempted: self
        case .unverified(let why): .unverified("\(load): \(why)")
        case .violated(let why): .violated("\(load): \(why)")
        }
    }

    /// Of two loads together the worse one: a violation outweighs what nobody could look for, and that what was found.
    func joined(with other: Self) -> Self { other.weight > weight ? other : self }

    private var weight: Int {
        switch self {
        case .proven: 0
        case .notAttempted: 1
        case .unverified: 2
        case .violated: 3
        }
    }

    var isViolated: Bool {
        if case .violated = self { true } else { false }
    }
}
