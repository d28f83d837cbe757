/// One run, in stages that each pass one value on: an ensemble that has started, a load that was played on it, what was
/// recorded of both, and the judgement.
struct BenchRun: Sendable {
    let run: NumberedRun
    let site: RunSite
    let machine: MachineFacts
    let outputs: RunOutputs

    /// Makes the run.
    ///
    /// - Throws: `TargetError`, `ClientError`, `ResultsError`; the ensemble may still run then.
    func execute() async throws -> JudgedRun {
        let started = try await start()
        let played = try await play(on: started)
        let evidence = try record(played)
        let judged = await judge(evidence)
        await stop(started.journal)
        try started.journal.check()
        return judged
    }
}
