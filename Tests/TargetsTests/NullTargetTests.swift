import Client
import Foundation
import Glibc
import NIOCore
import NIOPosix
import Report
import Results
import TestSupport
import Testing
import Wire
import Workload

@testable import Bench
@testable import Targets

@Suite(.timeLimit(.minutes(1))) struct NullTargetTests {
    private static let loops = MultiThreadedEventLoopGroup.singleton

    private func plan(_ mix: OperationMix, multi: Int = 1) -> LoadPlan {
        var plan = LoadPlan(
            clients: 3,
            outstanding: 16,
            payloadBytes: 100,
            keys: 50,
            mix: mix,
            warmUpSeconds: 0,
            durationSeconds: 60,
            runID: "null-1"
        )
        plan.multi = multi
        if multi > 1 { plan.reads = .linearizable }
        return plan
    }

    /// The generator and the verifier find nothing to complain of.
    @Test(arguments: [
        (OperationMix(), 1), (OperationMix(set: 40, get: 20, create: 20, delete: 10, exists: 10), 1),
        (OperationMix(), 4), (OperationMix(set: 40, get: 40, exists: 20), 4),
    ])
    func itAnswersAsAServerWould(_ mix: OperationMix, multi: Int) async throws {
        let server = try await NullServer.start(port: 0)
        let endpoint = Endpoint(host: "127.0.0.1", port: server.port)
        // It ends when something has been done, however busy the machine is.
        let (done, arrival) = AsyncStream<Void>.makeStream()
        let plan = plan(mix, multi: multi)
        let load = Task {
            defer { arrival.finish() }
            return try await LoadGenerator.run(
                plan: plan,
                endpoints: [endpoint],
                leader: endpoint,
                eventLoopGroup: Self.loops,
                progress: { sample in if let second = sample.second, second.completed > 0 { arrival.yield() } }
            )
        }
        for await _ in done { break }
        load.cancel()
        let result = try await load.value
        #expect(result.errorsTotal == 0 && result.completed > 0)
        #expect(result.outages.isEmpty)
        let proof = await Verifier.verify(result.ledger, endpoints: [endpoint], eventLoopGroup: Self.loops)
        #expect(proof.isProven, "\(proof.complaint ?? "")")
        #expect(proof.acknowledgedVerified > 0)
        await LoadGenerator.removeKeys(of: result.ledger, endpoints: [endpoint], eventLoopGroup: Self.loops)
        let client = try await ZooKeeperClient.connect(
            endpoints: [endpoint.description],
            eventLoopGroup: Self.loops
        )
        #expect(try await client.exists("/zabbench-null-1") == nil)
        await client.close()
        await server.stop()
    }

    @Test func itRefusesAsAServerWould() async throws {
        let server = try await NullServer.start(port: 0)
        let client = try await ZooKeeperClient.connect(
            endpoints: ["127.0.0.1:\(server.port)"],
            eventLoopGroup: Self.loops
        )
        #expect(try await client.create("/a", data: [1]) == "/a")
        #expect(try await client.setData("/a", data: [2, 3]).version == 1)
        let read = try await client.getData("/a")
        #expect(read.data == [2, 3] && read.stat.version == 1 && read.stat.dataLength == 2)
        #expect(try await client.create("/a/b", data: []) == "/a/b")
        #expect(try await client.exists("/a")?.numChildren == 1)
        await #expect(throws: (any Error).self) { _ = try await client.create("/a", data: []) }
        await #expect(throws: (any Error).self) { _ = try await client.create("/none/b", data: []) }
        await #expect(throws: (any Error).self) { try await client.delete("/a") }
        await #expect(throws: (any Error).self) { _ = try await client.getData("/none") }
        try await client.delete("/a/b")
        try await client.delete("/a")
        #expect(try await client.exists("/a") == nil)
        await client.close()
        await server.stop()
    }

    /// Against a dictionary, through many more creates and deletes than the first table holds.
    @Test func theTreeKeepsWhatItIsGiven() {
        let tree = NullTree()
        var model: [String: [UInt8]] = [:]
        func with<Result>(_ path: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
            Array(path.utf8).withUnsafeBytes(body)
        }
        for step in 1...30_000 {
            let path = "/k\((step &* 7919) % 6000)"
            let data = Array("\(step)".utf8)
            let problem = with(path) { path in
                data.withUnsafeBytes { data in
                    step % 3 == 0
                        ? tree.delete(path, zxid: Int64(step)) : tree.create(path, data: data, zxid: Int64(step))
                }
            }
            if step % 3 == 0 {
                #expect(problem == (model[path] == nil ? .noNode : nil))
                model[path] = nil
            } else {
                #expect(problem == (model[path] == nil ? nil : .nodeExists))
                if model[path] == nil { model[path] = data }
            }
        }
        #expect(!model.isEmpty)
        for number in 0..<6000 {
            let found = with("/k\(number)") { tree.find($0).map { Array(tree.data($0)) } }
            #expect(found == model["/k\(number)"])
        }
        let root = with("/") { tree.find($0) }
        #expect(root.map { Int(tree.stat($0).numChildren) } == model.count)
    }

    @Test func theProcessServesAndIsGoneAfterwards() async throws {
        let janitor = try JanitorLink(executable: ZabbenchProgram.path())
        let folder = TemporaryFolder()
        let ensemble = NullEnsemble(folder: folder.path, executable: try ZabbenchProgram.path(), janitor: janitor)
        try await ensemble.start()
        #expect(await ensemble.leader() == ensemble.servers.first)
        let pid = try #require(ensemble.pid(of: 1))
        #expect(Glibc.kill(pid, 0) == 0)
        await ensemble.stop()
        #expect(Glibc.kill(pid, 0) != 0)
        #expect(ensemble.servers.isEmpty)
        await janitor.finish()
    }

    private static func emptyRow() -> SummaryRow {
        let tag = RunTag(runID: "r", repeatNumber: 1, system: "zabbench", ensembleSize: 3, fsyncStrategy: nil)
        return SummaryRow(tag: tag, startedAt: Timestamp(unixNanoseconds: 0), workload: "w", placement: "processes")
    }

    @Test func aRowNearTheBoundIsTheGenerators() {
        var bounds = GeneratorBounds()
        let closed = plan(OperationMix())
        bounds.note(1000, for: closed)
        var open = closed
        open.mode = .open(ratePerSecond: 900, arrivals: .poisson)
        open.runID = "other"
        #expect(bounds[open] == 1000)
        var others = closed
        others.payloadBytes = 200
        #expect(bounds[others] == nil && bounds[plan(OperationMix(), multi: 2)] == nil)
        for (achieved, isLimited) in [(799.0, false), (800.0, true)] {
            var row = Self.emptyRow()
            row.achievedPerSecond = achieved
            row.noteGeneratorBound(bounds[open])
            #expect(row.context.isGeneratorLimited == isLimited)
            #expect(row.generatorBoundPerSecond == 1000)
        }
        var busy = Self.emptyRow()
        busy.context.isGeneratorLimited = true
        busy.noteGeneratorBound(nil)
        #expect(busy.context.isGeneratorLimited && busy.generatorBoundPerSecond == nil)
    }
}
