import Glibc
import NIOPosix
import Results
import Targets
import TestSupport
import Testing
import Workload

/// A server that stands still for a second delays all that was planned meanwhile, at every rate and with every profile:
/// what could not be sent counts from when it was to be sent.
@Suite(.serialized, .timeLimit(.minutes(2))) struct CoordinatedOmissionTests {
    private static let profile = RateProfile.ramp(from: 100, to: 900, seconds: 3)

    @Test(arguments: [(200.0, nil), (2000.0, nil), (500.0, profile)] as [(Double, RateProfile?)])
    func aStallShowsInTheResponseTime(rate: Double, profile: RateProfile?) async throws {
        let janitor = try JanitorLink(executable: ZabbenchProgram.path())
        let folder = TemporaryFolder()
        let ensemble = NullEnsemble(folder: folder.path, executable: try ZabbenchProgram.path(), janitor: janitor)
        try await ensemble.start()
        let pid = try #require(ensemble.pid(of: 1))
        var plan = LoadPlan(
            mode: .open(ratePerSecond: rate, arrivals: .fixed),
            clients: 2,
            outstanding: 1,
            keys: 50,
            warmUpSeconds: 0,
            durationSeconds: 3,
            runID: "stall-1"
        )
        plan.profile = profile
        let result = try await LoadGenerator.run(
            plan: plan,
            endpoints: ensemble.endpoints,
            leader: ensemble.endpoints.first,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            progress: { sample in
                // The load's own seconds say when.
                guard let second = sample.second else { return }
                if second.elapsedSeconds < 1.5 { kill(pid, SIGSTOP) } else { kill(pid, SIGCONT) }
            }
        )
        await ensemble.stop()
        await janitor.finish()
        let planned = profile?.count(seconds: 3) ?? 3 * rate
        #expect(abs(Double(result.planned) - planned) <= 2 && result.errorsTotal == 0)
        // A third of the operations were planned in that second. Two were under way, which is all that a clock that
        // starts with the sending would see.
        let response = LatencyFigures(nanoseconds: result.response)
        #expect(response.p999Microseconds ?? 0 > 500_000 && response.p90Microseconds ?? 0 > 300_000)
        #expect(LatencyFigures(nanoseconds: result.service).p99Microseconds ?? 0 < 300_000)
    }
}
