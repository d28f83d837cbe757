import Histogram
import NIOCore
import NIOPosix
import TestSupport
import Testing
import Wire

@testable import Workload

/// A recording played on servers that are honest, and on some that are not.
@Suite(.timeLimit(.minutes(1))) struct ReplayLoadTests {
    private let folder = TemporaryFolder()
    private let group = MultiThreadedEventLoopGroup.singleton

    /// Creates, sets, reads and deletes on `paths` paths, then what can only be refused; a hundredth of a second each.
    private func plan(paths: Int = 6, clients: Int = 3) throws -> LoadPlan {
        var lines = ["at_ms,operation,path,bytes"]
        var time = 0
        func add(_ operation: String, _ path: String, _ bytes: String = "") {
            lines.append("\(time),\(operation),\(path),\(bytes)")
            time += 1
        }
        for path in 0..<paths {
            add("create", "/a/\(path)", "\(path * 7)")
            add("set", "/a/\(path)", "\(100 + path)")
            add("set", "/b/\(path)", "0")
            add("get", "/a/\(path)")
            add("exists", "/b/\(path)")
            if path.isMultiple(of: 2) { add("delete", "/a/\(path)") }
            if path.isMultiple(of: 4) { add("create", "/a/\(path)", "30000") }
        }
        add("create", "/b/0", "5")
        add("delete", "/a/2")
        add("get", "/a/2")
        return try plan(lines, clients: clients, drain: 30)
    }

    private func plan(_ lines: [String], clients: Int, drain: Double) throws -> LoadPlan {
        try folder.write(lines.joined(separator: "\n").utf8, "s.csv")
        var plan = LoadPlan(
            clients: clients,
            outstanding: 4,
            warmUpSeconds: 0,
            durationSeconds: 60,
            drainSeconds: drain,
            runID: "replay"
        )
        plan.play(try ReplayFile.read(folder.path(of: "s.csv"), speed: 1))
        return plan
    }

    private func play(_ plan: LoadPlan, on ensemble: FakeEnsemble) async throws -> (LoadResult, Verification) {
        let result = try await ensemble.load(plan)
        let verification = await Verifier.verify(
            result.ledger,
            endpoints: ensemble.endpoints,
            eventLoopGroup: group
        )
        return (result, verification)
    }

    @Test(arguments: [1, 3, 20]) func everythingIsPlayedAndProven(clients: Int) async throws {
        let ensemble = try await FakeEnsemble.start(group: group, writesEnough: .max)
        let plan = try plan(clients: clients)
        let (result, verification) = try await play(plan, on: ensemble)
        let schedule = try #require(plan.replay)
        // The last ones are answered when the measured part is over.
        #expect(result.planned == schedule.count && result.response.totalCount == UInt64(schedule.count))
        #expect(result.errorsTotal == 0)
        #expect(!result.interrupted && result.unfinished == 0)
        // Creates, sets and deletes but the two that are refused.
        #expect(verification.writesAcknowledged == 23)
        #expect(verification.isProven, "\(verification.complaint ?? "")")
        // Nothing but the run's own znodes is ever touched.
        let paths = try await ensemble.paths(0)
        #expect(paths.allSatisfy { $0 == "/" || $0.hasPrefix("/zabbench-replay") })
        // The root, six of b, and of a the odd ones and those that were created again.
        #expect(paths.count == 13)
        await ensemble.stop()
    }

    @Test func aWriteThatIsNotThereIsFound() async throws {
        // The last set of a znode is acknowledged, and carried out on one server of three.
        let ensemble = try await FakeEnsemble.start(group: group, writesEnough: .max) { write, everywhere in
            guard write.op == .setData, write.data.count == 105 else { return everywhere }
            return FakeEnsemble.Fate(appliedOn: [0])
        }
        let (result, verification) = try await play(plan(), on: ensemble)
        await ensemble.stop()
        #expect(result.errorsTotal == 0)
        #expect(!verification.isProven && verification.lost == 1, "\(verification)")
    }

    @Test(arguments: [OpCode.create, .delete]) func aLifeThatIsNotThereIsFound(op: OpCode) async throws {
        // Znodes that were there at the start are made by nobody's load.
        let ensemble = try await FakeEnsemble.start(group: group, writesEnough: .max) { write, everywhere in
            let isIt = write.op == op && (op == .delete || write.data.count == 30_000)
            return isIt ? FakeEnsemble.Fate(appliedOn: [0]) : everywhere
        }
        let (_, verification) = try await play(plan(), on: ensemble)
        await ensemble.stop()
        #expect(!verification.isProven && verification.lost > 0, "\(verification)")
    }

    @Test func otherDataOfTheSameVersionIsFound() async throws {
        let ensemble = try await FakeEnsemble.start(group: group, writesEnough: .max)
        let plan = try plan()
        let result = try await ensemble.load(plan)
        for server in 0..<3 {
            try await ensemble.tamper(server) { tree in
                for path in tree.keys where tree[path]?.data.count == 103 { tree[path]?.data[60] ^= 1 }
            }
        }
        let verification = await Verifier.verify(
            result.ledger,
            endpoints: ensemble.endpoints,
            eventLoopGroup: group
        )
        await ensemble.stop()
        #expect(!verification.isProven && verification.unexpected == 1, "\(verification)")
    }

    /// What the recording makes impossible has to be refused: a server that does it has lost what came before.
    @Test func aVersionThatJumpsIsOutOfOrder() async throws {
        let ensemble = try await FakeEnsemble.start(group: group, writesEnough: .max) { write, everywhere in
            var fate = everywhere
            if write.op == .setData, write.data.count == 104 { fate.versionShift = 1 }
            return fate
        }
        let (_, verification) = try await play(plan(), on: ensemble)
        await ensemble.stop()
        #expect(verification.reordered > 0)
    }

    @Test func anErrorThatTheRecordingDoesNotAskForIsOne() async throws {
        let ensemble = try await FakeEnsemble.start(group: group, writesEnough: .max) { write, everywhere in
            var fate = everywhere
            if write.op == .setData, write.data.count == 101 { fate.error = .noAuth }
            return fate
        }
        let (result, verification) = try await play(plan(), on: ensemble)
        await ensemble.stop()
        #expect(result.errors.map(\.code) == [ErrorCode.noAuth.rawValue] && result.errorsTotal == 1)
        #expect(verification.isProven, "\(verification.complaint ?? "")")
    }

    /// Writes without an answer at the end may be there or not.
    @Test func whatHasNoAnswerIsNotHeldAgainstAnybody() async throws {
        let ensemble = try await FakeEnsemble.start(group: group, writesEnough: .max) { write, everywhere in
            var fate = everywhere
            fate.isSilent = write.number > 15
            return fate
        }
        let kinds = [("create", "30"), ("set", "40"), ("delete", ""), ("create", "50"), ("set", "10")]
        let lines = kinds.flatMap { kind, bytes in (0..<6).map { "0,\(kind),/a/\($0),\(bytes)" } }
        let plan = try plan(["at_s,operation,path,bytes"] + lines + ["0.2,set,/a/0,1"], clients: 2, drain: 0.2)
        let (result, verification) = try await play(plan, on: ensemble)
        await ensemble.stop()
        #expect(result.unfinished > 0 && verification.ambiguous > 0)
        #expect(verification.isProven, "\(verification.complaint ?? "")")
    }
}
