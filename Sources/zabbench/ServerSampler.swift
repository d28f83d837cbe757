import Targets

/// Samples an ensemble's servers, and the disks below their logs, once a second, and at moments when asked to.
actor ServerSampler {
    private let ensemble: any Ensemble
    private let triggers: AsyncStream<Void>
    private let trigger: AsyncStream<Void>.Continuation
    private var history = ServerHistory()
    private var devices: DeviceHistory
    private var loop: Task<Void, Never>?

    /// - Parameter disks: existing folders on the disks.
    init(ensemble: any Ensemble, disks: [String]) {
        self.ensemble = ensemble
        devices = DeviceHistory(paths: disks)
        // Two waiting samples say no more than one.
        (triggers, trigger) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Begins to sample. The task is nobody's child: an interrupted run still gets its last samples.
    func start() {
        loop = Task {
            let ticker = Task { [trigger] in
                while !Task.isCancelled {
                    trigger.yield()
                    try? await Task.sleep(for: .seconds(1))
                }
            }
            for await _ in triggers { await sample() }
            ticker.cancel()
        }
    }

    /// One more sample, soon.
    nonisolated func sampleSoon() { trigger.yield() }

    /// Takes the last sample and returns all.
    func finish() async -> (servers: ServerHistory, devices: DeviceHistory) {
        trigger.finish()
        await loop?.value
        await sample()
        return (history, devices)
    }

    private func sample() async {
        let samples = await ensemble.samples()
        history.add(samples)
        devices.sample()
    }
}
