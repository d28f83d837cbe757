import NIOCore
import NIOPosix
import TestSupport
import Testing
import Wire

@testable import Workload

/// A recording whose servers give no clear answer to one write, and what is demanded of them afterwards; and one whose
/// znodes are not there.
@Suite(.timeLimit(.minutes(1))) struct ReplayDoubtTests {
    private let folder = TemporaryFolder()
    private let group = MultiThreadedEventLoopGroup.singleton

    private func plan(_ lines: [String]) throws -> LoadPlan {
        try folder.write((["at_ms,operation,path,bytes"] + lines).joined(separator: "\n").utf8, "s.csv")
        var plan = LoadPlan(
            clients: 1,
            outstanding: 4,
            warmUpSeconds: 0,
            durationSeconds: 60,
            drainSeconds: 30,
            runID: "doubt"
        )
        plan.play(try ReplayFile.read(folder.path(of: "s.csv"), speed: 1))
        return plan
    }

    private func play(
        _ lines: [String],
        tamper: (@Sendable (inout [String: FakeEnsemble.Znode]) -> Void)? = nil,
        judge: @escaping @Sendable (FakeEnsemble.Write, FakeEnsemble.Fate) -> FakeEnsemble.Fate
    ) async throws -> Verification {
        let ensemble = try await FakeEnsemble.start(group: group, writesEnough: .max, judge: judge)
        let result = try await ensemble.load(plan(lines))
        if let tamper { for server in 0..<3 { try await ensemble.tamper(server, tamper) } }
        let verification = await Verifier.verify(
            result.ledger,
            endpoints: ensemble.endpoints,
            eventLoopGroup: group
        )
        await ensemble.stop()
        return verification
    }

    /// Answered with an error that leaves it open, and carried out.
    private static func doubt(_ fate: FakeEnsemble.Fate, isDone: Bool = true) -> FakeEnsemble.Fate {
        var fate = fate
        fate.error = .operationTimeout
        fate.isDoneAllTheSame = isDone
        return fate
    }

    @Test(arguments: [true, false]) func aSetWithoutAClearAnswerIsNotHeldAgainstTheNext(isDone: Bool) async throws {
        let lines = ["0,create,/a,30", "1,set,/a,40", "2,get,/a,", "3,set,/a,50", "4,get,/a,", "5,set,/a,60"]
        let verification = try await play(lines) { write, everywhere in
            write.op == .setData && write.data.count == 40 ? Self.doubt(everywhere, isDone: isDone) : everywhere
        }
        #expect(verification.isProven && verification.ambiguous == 1, "\(verification)")
    }

    /// One unanswered write explains one version more, and no second one, nor one that comes after an answer.
    @Test(arguments: [40, 60]) func aVersionThatJumpsFurtherIsOutOfOrder(shifted: Int) async throws {
        let lines = ["0,create,/a,30", "1,set,/a,35", "2,set,/a,40", "3,set,/a,60"]
        let verification = try await play(lines) { write, everywhere in
            guard write.op == .setData else { return everywhere }
            if write.data.count == 35 { return Self.doubt(everywhere) }
            var fate = everywhere
            if write.data.count == shifted { fate.versionShift = 1 }
            return fate
        }
        #expect(verification.reordered > 0, "\(verification)")
    }

    /// What is acknowledged after a delete without a clear answer has to be there.
    @Test func aDeleteInDoubtExcusesNoLaterLoss() async throws {
        let lines = ["0,create,/a,30", "1,delete,/a,", "2,create,/a,50"]
        let verification = try await play(lines) { write, everywhere in
            if write.op == .delete { return Self.doubt(everywhere) }
            var fate = everywhere
            if write.data.count == 50 { fate.appliedOn = [0] }
            return fate
        }
        #expect(verification.lost > 0 && !verification.isProven, "\(verification)")
    }

    /// A write in doubt at the end may be there or not; what nobody sent may not.
    @Test(arguments: [false, true]) func theDataOfAWriteInDoubtAreLookedAt(isTampered: Bool) async throws {
        let tamper: @Sendable (inout [String: FakeEnsemble.Znode]) -> Void = { tree in
            for path in tree.keys where tree[path]?.data.count == 60 { tree[path]?.data[50] ^= 1 }
        }
        let verification = try await play(
            ["0,create,/a,30", "1,set,/a,40", "2,set,/a,60"],
            tamper: isTampered ? tamper : nil
        ) { write, everywhere in
            write.op == .setData && write.data.count == 60 ? Self.doubt(everywhere) : everywhere
        }
        #expect(verification.unexpected == (isTampered ? 1 : 0), "\(verification)")
        #expect(verification.isProven == !isTampered, "\(verification)")
    }

    /// Created and acknowledged, and there on no server.
    @Test(arguments: ["get,/a,", "exists,/a,", "set,/a,5", "delete,/a,"])
    func aZnodeThatIsNotThereIsOutOfOrder(operation: String) async throws {
        let verification = try await play(["0,create,/a,30", "1,\(operation)"]) { write, everywhere in
            var fate = everywhere
            if write.data.count == 30 { fate.appliedOn = [] }
            return fate
        }
        #expect(verification.reordered == 1, "\(verification)")
    }

    @Test func aZnodeThatIsThereAgainIsOutOfOrder() async throws {
        let lines = ["0,create,/a,30", "1,delete,/a,", "2,create,/a,40"]
        let verification = try await play(lines) { write, everywhere in
            var fate = everywhere
            if write.op == .delete { fate.appliedOn = [] }
            return fate
        }
        #expect(verification.reordered == 1, "\(verification)")
    }

    /// Where a delete is in doubt, a znode that is not there is no surprise.
    @Test func whatIsInDoubtMayBeRefused() async throws {
        let lines = ["0,create,/a,30", "1,delete,/a,", "2,create,/a,40", "3,get,/a,"]
        let verification = try await play(lines) { write, everywhere in
            write.op == .delete ? Self.doubt(everywhere, isDone: false) : everywhere
        }
        #expect(verification.reordered == 0 && verification.lost == 0, "\(verification)")
    }
}
