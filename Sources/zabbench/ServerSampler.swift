import Targets

/// Samples an ensemble's servers once a second, and at moments when asked to.
actor ServerSampler {
    private let ensemble: any Ensemble
    private let triggers: AsyncStream<Void>
    private let trigger: AsyncStream<Void>.Continuation
    private var history = ServerHistory()

    init(ensemble: any Ensemble) {
        self.ensemble = ensemble
        // Two waiting samples say no more than one.
        (triggers, trigger) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Samples until `finish` is called.
    func run() async {
        let ticker = Task { [trigger] in
            while !Task.isCancelled {
                trigger.yield()
                try? await Task.sleep(for: .seconds(1))
            }
        }
        for await _ in triggers { history.add(await ensemble.samples()) }
        ticker.cancel()
    }

    /// One more sample, soon.
    nonisolated func sampleSoon() { trigger.yield() }

    /// Takes the last sample and returns all.
    func finish() async -> ServerHistory {
        trigger.finish()
        history.add(await ensemble.samples())
        return history
    }
}
