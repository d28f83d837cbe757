import Histogram
import NIOCore
import NIOPosix
import Testing
import Wire

@testable import Workload

/// `multi: k` against servers in memory, honest ones and ones that break a transaction apart.
@Suite(.timeLimit(.minutes(1))) struct TransactionTests {
    private let group = MultiThreadedEventLoopGroup.singleton

    private static func plan(_ change: (inout LoadPlan) -> Void = { _ in }) -> LoadPlan {
        var plan = LoadPlan(
            clients: 2,
            outstanding: 4,
            payloadBytes: 64,
            keys: 20,
            warmUpSeconds: 0,
            durationSeconds: 3600,
            seed: 7,
            drainSeconds: 30,
            runID: "t"
        )
        plan.multi = 4
        change(&plan)
        return plan
    }

    private func outcome(
        _ plan: LoadPlan = plan(),
        _ fate: @escaping @Sendable (FakeEnsemble.Write, inout FakeEnsemble.Fate) -> Void = { _, _ in }
    ) async throws -> (LoadResult, Verification) {
        let ensemble = try await FakeEnsemble.start(
            group: group,
            judge: { write, everywhere in
                var one = everywhere
                if write.op == .multi { fate(write, &one) }
                return one
            }
        )
        let result = try await ensemble.load(plan)
        let verification = await Verifier.verify(
            result.ledger,
            endpoints: ensemble.endpoints,
            eventLoopGroup: group
        )
        await ensemble.stop()
        return (result, verification)
    }

    @Test func everyZnodeOfATransactionIsCountedAndFound() async throws {
        let (result, verification) = try await outcome()
        #expect(verification.isProven, "\(verification)")
        #expect(result.errors == [] && result.writesCompleted == result.completed && result.completed > 100)
        // Warm-up there is none: all that was acknowledged was measured, four znodes for each operation.
        #expect(verification.writesAcknowledged >= 4 * result.completed)
        #expect(verification.writesAcknowledged.isMultiple(of: 4))
        #expect(result.response.totalCount == UInt64(verification.writesAcknowledged / 4))
        #expect(result.readResponse == nil && result.writeResponse == nil)
    }

    @Test func transactionsGoWithReads() async throws {
        let (result, verification) = try await outcome(Self.plan { $0.mix = OperationMix(set: 1, get: 1) })
        #expect(verification.isProven, "\(verification)")
        #expect(result.readsCompleted > 0 && result.writesCompleted > 0)
    }

    /// All parts are told to be done, and the last one is not.
    @Test func aHalfAppliedTransactionIsCaught() async throws {
        let (result, verification) = try await outcome { write, fate in
            if write.number.isMultiple(of: 50) { fate.partsApplied = 3 }
        }
        #expect(result.errors == [])
        #expect(verification.reordered > 0 || verification.lost > 0)
        #expect(!verification.isProven)
    }

    /// What no later write shows: the very last transaction is half there, everywhere.
    @Test func aLastTransactionThatIsHalfThereIsCaught() async throws {
        let (_, verification) = try await outcome(
            Self.plan {
                $0.clients = 1; $0.outstanding = 1
            }
        ) { write, fate in
            if write.number >= 500 { fate.partsApplied = 2 }
        }
        #expect(verification.lost > 0 && !verification.isProven, "\(verification)")
    }

    @Test func aTransactionOfSeveralZxidsIsCaught() async throws {
        let (_, verification) = try await outcome { write, fate in fate.isSplit = write.number == 50 }
        #expect(verification.reordered > 0 && !verification.isProven)
        #expect(verification.examples.contains { $0.found.contains("one transaction got the mzxids") })
    }

    @Test func aTransactionOutOfOrderIsCaught() async throws {
        let (_, verification) = try await outcome { write, fate in
            if write.number == 50 { fate.mzxidShift = -20 }
        }
        #expect(verification.reordered > 0 && !verification.isProven)
        #expect(verification.examples.contains { $0.found.contains("after the session's") }, "\(verification)")
    }

    /// Nobody was told what became of it, and half of it is there: neither of what may be.
    @Test func anUnansweredTransactionThatIsHalfThereIsCaught() async throws {
        let plan = Self.plan {
            $0.clients = 1
            $0.outstanding = 1
            $0.surviveConnectionLoss = true
        }
        for (parts, isProven) in [(2, false), (0, true), (4, true)] {
            // The last write of all, so that nothing comes over it.
            let (result, verification) = try await outcome(plan) { write, fate in
                guard write.number >= 500 else { return }
                fate.isAnswered = false
                fate.partsApplied = write.number == 500 ? parts : 0
            }
            #expect(verification.ambiguous > 0 && verification.lost == 0 && verification.reordered == 0)
            #expect(verification.isProven == isProven, "\(parts) of 4: \(verification)")
            #expect(result.ledger.sessions[0].lostTransactions.count >= 1)
            guard !isProven else { continue }
            #expect(verification.examples.contains { $0.expected.hasPrefix("the transaction that /zabbench-t/k") })
        }
    }

    @Test func aRefusedTransactionIsAnErrorAndNothingMore() async throws {
        let (result, verification) = try await outcome { write, fate in
            if write.number.isMultiple(of: 10) { fate.error = .badVersion }
        }
        #expect(result.errors.map(\.code) == [ErrorCode.badVersion.rawValue] && result.errorsTotal > 20)
        #expect(verification.isProven && verification.ambiguous == 0, "\(verification)")
    }

    @Test(
        arguments: [
            { $0.mix = OperationMix(set: 1, create: 1) }, { $0.mix = OperationMix(set: 0, get: 1) }, { $0.multi = 11 },
            { $0.multi = 0 }, { $0.payloadBytes = 300_000 },
        ] as [@Sendable (inout LoadPlan) -> Void]
    )
    func whatIsNoTransactionIsRefused(_ change: @Sendable (inout LoadPlan) -> Void) async throws {
        let ensemble = try await FakeEnsemble.start(group: group)
        await #expect(throws: LoadError.self) { _ = try await ensemble.load(Self.plan(change)) }
        await ensemble.stop()
    }
}
