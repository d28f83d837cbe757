import CPlatform
import NIOCore
import Report
import Results
import Targets
import Workload

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
        for index in indices where bounds[runs[index].load] == nil && bounds[storm: runs[index].load] == nil {
            guard GeneratorBounds.isOf(runs[index].ensemble.system, options.survey) else { continue }
            try Task.checkCancellation()
            let planned = runs[index]
            progress.show(run: index + 1, of: runs.count, fraction: 0, text: "trying the generator on a null target")
            // New ones each time: no load finds another's znodes.
            let targets = try (1...planned.load.shards).map { shard in
                let folder = try data.makeFolder(named: "\(name)/\(index + 1)-\(shard)")
                return NullEnsemble(folder: folder, executable: program, janitor: data.janitor)
            }
            let began = zb_unix_nanoseconds()
            var result: LoadResult?
            do {
                for target in targets { try await target.start() }
                if let storm = planned.load.storm {
                    let bound = try await stormBound(planned.load, targets[0], number: index + 1)
                    bounds.note(milliseconds: bound, for: storm)
                } else {
                    result = try await LoadGenerator.run(
                        plan: GeneratorBounds.plan(like: planned.load, runID: "null-\(index + 1)"),
                        on: targets.map { LoadServers(endpoints: $0.endpoints, leader: $0.endpoints.first) },
                        eventLoopGroup: loops,
                        progress: { _ in }
                    )
                }
            } catch {
                for target in targets { await target.stop() }
                if error is CancellationError || Task.isCancelled { throw CancellationError() }
                throw TargetError("null_target: \(error)")
            }
            for target in targets { await target.stop() }
            guard let result else { continue }
            guard !result.interrupted else { throw CancellationError() }
            guard result.errorsTotal == 0, result.completed > 0 else {
                throw TargetError(
                    "null_target: \(result.errorsTotal) of \(result.completed) operations failed on the null target"
                )
            }
            bounds.note(result.achievedPerSecond, for: planned.load)
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
