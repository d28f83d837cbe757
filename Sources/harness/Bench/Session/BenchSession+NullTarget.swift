import CPlatform
import NIOCore
import Report
import Results
import Targets
import Workload

/// What the load generator can do at best with a load: its operations a second against a target that answers at once.
struct GeneratorBounds: Sendable {
    /// What of a load decides how much work an operation is for the generator.
    struct Shape: Sendable, Hashable {
        var clients: Int
        var outstanding: Int
        var payloadBytes: Int
        var keys: Int
        var mix: OperationMix

        init(_ plan: LoadPlan) {
            clients = plan.clients
            outstanding = plan.outstanding
            payloadBytes = plan.payloadBytes
            keys = plan.keys
            mix = plan.mix
        }
    }

    /// The share of the bound from which on a row says as much about the generator as about the servers.
    static let limitedShare = 0.8
    /// One load's run against the null target.
    static let warmUpSeconds = 0.3
    static let measuredSeconds = 1.2

    private var perSecond: [Shape: Double] = [:]

    subscript(plan: LoadPlan) -> Double? { perSecond[Shape(plan)] }

    mutating func take(_ bound: Double, for plan: LoadPlan) { perSecond[Shape(plan)] = bound }

    /// The closed load of the same shape, an open one's too: as much as the generator can do.
    static func plan(like plan: LoadPlan, runID: String) -> LoadPlan {
        var closed = plan
        closed.mode = .closed
        closed.connectTo = .spread
        closed.warmUpSeconds = warmUpSeconds
        closed.durationSeconds = measuredSeconds
        closed.surviveConnectionLoss = false
        closed.runID = runID
        return closed
    }
}

extension SummaryRow {
    /// - Parameter bound: of the generator with this load; nil where nobody has measured it.
    mutating func take(generatorBound bound: Double?) {
        generatorBoundPerSecond = bound
        guard let bound, achievedPerSecond >= bound * GeneratorBounds.limitedShare else { return }
        context.isGeneratorLimited = true
    }
}

extension BenchSession {
    /// Runs each different load of the runs against the null target. Whatever happens, the target is stopped.
    ///
    /// - Throws: `TargetError`, `LoadError`, `CancellationError`, `ResultsError`.
    func generatorBounds(for indices: [Int], data: DataFolder) async throws -> GeneratorBounds {
        var bounds = GeneratorBounds()
        let program = try ZabbenchProgram.path()
        let name = "null-target"
        let folder = try data.makeFolder(named: name)
        defer { data.removeFolder(folder) }
        for index in indices where bounds[runs[index].load] == nil {
            try Task.checkCancellation()
            let planned = runs[index]
            progress.show(run: index + 1, of: runs.count, fraction: 0, text: "trying the generator on a null target")
            // A new one each time: no load finds another's znodes.
            let target = NullEnsemble(folder: folder, executable: program, janitor: data.janitor)
            let began = zb_unix_nanoseconds()
            let result: LoadResult
            do {
                try await target.start()
                result = try await LoadGenerator.run(
                    plan: GeneratorBounds.plan(like: planned.load, runID: "null-\(index + 1)"),
                    endpoints: target.endpoints,
                    leader: target.endpoints.first,
                    eventLoopGroup: loops,
                    progress: { _ in }
                )
            } catch {
                await target.stop()
                if error is CancellationError || Task.isCancelled { throw CancellationError() }
                throw TargetError("null_target: \(error)")
            }
            await target.stop()
            guard !result.interrupted else { throw CancellationError() }
            guard result.errorsTotal == 0, result.completed > 0 else {
                throw TargetError(
                    "null_target: \(result.errorsTotal) of \(result.completed) operations failed on the null target"
                )
            }
            bounds.take(result.achievedPerSecond, for: planned.load)
            let load = SummaryRow.Load(planned)
            let journal = EventJournal(
                folder: self.folder,
                tag: RunTag(planned, id: "\(self.folder.name)-\(index + 1)", system: "null"),
                progress: progress,
                startedAt: began
            )
            journal.record(
                "generator_bound",
                detail: "\(load.clients)x\(load.outstanding), \(load.payloadBytes) B, \(load.mix): "
                    + "\(Int(result.achievedPerSecond))/s on a target that answers at once"
            )
            try journal.check()
        }
        return bounds
    }
}
