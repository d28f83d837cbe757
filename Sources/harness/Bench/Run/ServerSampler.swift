import Client
import Measure
import NIOCore
import Targets
import Wire

/// Samples an ensemble's servers, and the disks below their logs, once a second, and at moments when asked to.
actor ServerSampler {
    private let ensemble: any Ensemble
    private let triggers: AsyncStream<Void>
    private let trigger: AsyncStream<Void>.Continuation
    private var history = ServerHistory()
    private let questions = SampleQuestions()
    private var devices: DeviceHistory
    private var loop: Task<Void, Never>?
    private let isTracing: Bool
    private var foreign = ForeignWatch()
    /// How often others are looked at; nil for once a sample.
    private let foreignPause: Duration?
    private var timelines: [Int: BatchTimeline] = [:]
    private var complaint: String?

    /// - Parameters:
    ///   - disks: existing folders on the disks.
    ///   - isTracing: whether the servers are asked for their batches, too, which costs them something.
    ///   - turnMilliseconds: of turns with another load, for which others are looked at twice a turn; nil without.
    init(ensemble: any Ensemble, disks: [String], isTracing: Bool = false, turnMilliseconds: Int? = nil) {
        self.ensemble = ensemble
        foreignPause = turnMilliseconds.map { .milliseconds(max(10, $0 / 2)) }
        self.isTracing = isTracing
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
            let looks = Task { await lookAtOthers() }
            for await _ in triggers { await sample() }
            ticker.cancel()
            looks.cancel()
        }
    }

    /// One more sample, soon.
    nonisolated func sampleSoon() { trigger.yield() }

    /// Takes the last sample and returns all.
    func finish() async -> Samples {
        trigger.finish()
        await loop?.value
        await sample()
        return Samples(
            servers: history,
            devices: devices,
            timelines: timelines,
            traceComplaint: complaint,
            foreign: foreign.history,
            busiest: foreign.busiest(named: pids)
        )
    }

    /// All that was sampled.
    struct Samples: Sendable {
        var servers: ServerHistory
        var devices: DeviceHistory
        /// By server; empty where nothing was traced.
        var timelines: [Int: BatchTimeline]
        /// The first answer about batches that was none.
        var traceComplaint: String?
        /// What others had of the processors.
        var foreign: ForeignHistory
        /// Who had most of it.
        var busiest: [BusyProcess]
    }

    /// Servers' processes on this machine: none of them is foreign, whoever started it.
    private var pids: [Int32] { ensemble.servers.compactMap { ensemble.pid(of: $0.id) } }

    private func lookAtOthers() async {
        guard let foreignPause else { return }
        while !Task.isCancelled {
            foreign.sample(named: pids)
            try? await Task.sleep(for: foreignPause)
        }
    }

    private func sample() async {
        // The other load's servers may have come later than this sampler, and are ours as well.
        foreign.sample(named: pids, looksAround: foreignPause != nil)
        let samples = await questions.samples(of: ensemble)
        history.add(samples)
        devices.sample()
        if isTracing { await trace() }
    }

    /// Fetches what the servers did with their batches since they were last asked.
    private func trace() async {
        let answers = await withTaskGroup(of: (Int, Result<BatchTimeline, any Error>).self) { group in
            for server in ensemble.servers {
                group.addTask {
                    do {
                        let text = try await fourLetterWord(
                            Telemetry.Word.batches.rawValue,
                            server.endpoint,
                            timeout: .seconds(5)
                        )
                        return (server.id, .success(try BatchTimeline(parsing: text)))
                    } catch {
                        return (server.id, .failure(error))
                    }
                }
            }
            var answers: [(Int, Result<BatchTimeline, any Error>)] = []
            for await answer in group { answers.append(answer) }
            return answers
        }
        for (id, answer) in answers {
            switch answer {
            case .success(let timeline): timelines[id, default: BatchTimeline(serverID: id)].add(timeline)
            case .failure(let error): complaint = complaint ?? "server \(id): \(error)"
            }
        }
    }
}
