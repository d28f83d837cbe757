import Testing

@testable import Workload

/// What a workload file says of rates that change, of curves and of objectives.
@Suite struct RateSectionTests {
    private func read(_ yaml: String, _ overrides: [String] = []) throws -> WorkloadFile {
        try WorkloadFile(yaml: yaml, source: "w.yaml", overrides: overrides)
    }

    @Test(arguments: [
        (
            "{steps: [{rate_per_s: 100, seconds: 2}, {rate_per_s: 300, seconds: 2}]}",
            RateProfile.steps([
                RateStep(ratePerSecond: 100, seconds: 2), RateStep(ratePerSecond: 300, seconds: 2),
            ]), 200
        ),
        ("{ramp: {from: 100, to: 300}}", .ramp(from: 100, to: 300, seconds: 4), 200),
        (
            "{sine: {mean: 50, amplitude: 20, period_s: 2}}",
            .sine(mean: 50, amplitude: 20, periodSeconds: 2), 50
        ),
        (
            "{burst: {base: 10, peak: 110, every_s: 2, for_s: 1}}",
            .burst(base: 10, peak: 110, everySeconds: 2, forSeconds: 1), 60
        ),
    ])
    func profilesAreRead(text: String, profile: RateProfile, mean: Double) throws {
        let yaml = "{duration_s: 4, load: {mode: open, arrivals: fixed, profile: \(text)}}"
        let load = try #require(try read(yaml).plannedRuns().first).load
        #expect(load.profile == profile)
        #expect(abs((load.mode.ratePerSecond ?? 0) - mean) < 1e-9)
    }

    /// The profile and what its error must say.
    @Test(arguments: [
        ("{}", "load.profile: one of steps, ramp, sine, burst, replay expected"),
        ("{ramp: {from: 1, to: 2}, sine: {mean: 1, amplitude: 0, period_s: 1}}", "and no other beside it"),
        ("{wave: 1}", "unknown key load.profile.wave"), ("{steps: 5}", "load.profile.steps: a list expected"),
        ("{steps: []}", "load.profile.steps: a list expected"),
        ("{steps: [{rate_per_s: 5}]}", "load.profile.steps[0].seconds: missing"),
        ("{steps: [{rate_per_s: 5, seconds: 0}]}", "load.profile.steps[0].seconds: \"0\" is not a number from 0.001"),
        (
            "{steps: [{rate_per_s: 5, seconds: 4}, {rate_per_s: 6, seconds: 1}]}",
            "the last one begins behind the load's duration_s"
        ),
        ("{ramp: {from: 1}}", "load.profile.ramp.to: missing"), ("{ramp: 3}", "load.profile.ramp: a table with some"),
        ("{ramp: {from: -1, to: 2}}", "load.profile.ramp.from: \"-1\" is not a number from 0"),
        ("{ramp: {from: 0, to: 0}}", "nothing is planned in the duration_s"),
        ("{sine: {mean: 5, amplitude: 6, period_s: 1}}", "load.profile.sine.amplitude: above the mean"),
        ("{burst: {base: 5, peak: 5, every_s: 2, for_s: 1}}", "load.profile.burst.peak: not above the base"),
        ("{burst: {base: 5, peak: 6, every_s: 1, for_s: 1}}", "load.profile.burst.for_s: not below every_s"),
    ])
    func wrongProfilesAreRefused(text: String, words: String) throws {
        let yaml = "{duration_s: 4, load: {mode: open, profile: \(text)}}"
        let error = try #require(throws: WorkloadError.self) { try read(yaml) }
        #expect(error.description.contains(words), "\(error)")
        #expect(error.description.hasPrefix("w.yaml:1: ") && !error.description.contains("\n"))
    }

    @Test(arguments: [
        ("load: {profile: {ramp: {from: 1, to: 2}}}", "load.profile: only an open loop has it"),
        ("load: {mode: open, rate_per_s: 5, profile: {ramp: {from: 1, to: 2}}}", "rate_per_s is there, too"),
        ("load: {mode: open, rate_per_s: 5, shares: [0.5, 1]}", "load.shares: only a curve has it"),
        ("load: {precision: 0.1}", "load.precision: only a curve has it"),
        ("duration_s: 5\nload: {mode: curve, longest_s: 4}", "load.longest_s: shorter than the duration_s"),
        ("load: {mode: curve, precision: 0}", "load.precision: \"0\" is not a number from 0.01"),
        ("inject: {stall: {at_s: 2}}", "inject.stall.for_s: missing"),
        ("duration_s: 3\ninject: {stall: {at_s: 2, for_s: 2}}", "would end after the load's duration_s"),
        (
            "ensemble: {placement: embedded}\ninject: {stall: {at_s: 2, for_s: 1}}",
            "only a process of ours can be stopped"
        ),
        (
            "inject: {stall: {at_s: 2, for_s: 1}}\nload: {mode: open, rate_per_s: 5}\nfaults: {}",
            "kinds of its own (hang)"
        ),
        ("load: {mode: curve, rate_per_s: 5}", "load.rate_per_s: a curve has the rates of its shares"),
        ("load: {mode: curve, shares: [0.5, 0.5]}", "listed twice"),
        ("load: {mode: curve, shares: 0.5}", "one point is no curve"),
        ("load: {mode: curve, shares: [0.5, 3]}", "\"3\" is not a number from 0.001 to 2"),
        ("load: {mode: curve}\nfaults: {}", "load is a curve"), ("slo: {}", "slo: it promises nothing"),
        ("slo: {response_p99: 5}", "did you mean response_p99_ms?"),
        ("slo: {response_p99_ms: 0}", "slo.response_p99_ms: \"0\" is not a number"),
        ("load: {mode: open, rate_per_s: 1}\nfaults: {}\nslo: {response_p99_ms: 5}", "faults are there, too"),
    ])
    func whatDoesNotGoTogetherIsRefused(yaml: String, words: String) throws {
        let error = try #require(throws: WorkloadError.self) { try read(yaml) }
        #expect(error.description.contains(words), "\(error)")
    }

    @Test func aCurveIsAFamilyOfOpenLoops() throws {
        let yaml =
            "repeats: 2\nensemble: {sizes: [1, 3]}\n"
            + "load: [{name: c, mode: curve, shares: [0.1, 0.5, 1.1]}, {name: s}]"
        let file = try read(yaml)
        let runs = file.plannedRuns()
        #expect(runs.count == 2 * 2 * 4)
        let points = runs.filter { $0.loadName == "c" }
        #expect(points.count == 12 && points.allSatisfy { $0.curvePoints == 3 && $0.load.mode.name == "open_poisson" })
        for size in [1, 3] {
            for number in 1...2 {
                let pass = points.filter { $0.ensemble.size == size && $0.repeatNumber == number }
                #expect(pass.compactMap(\.rateShare).sorted() == [0.1, 0.5, 1.1])
            }
        }
        #expect(runs.filter { $0.loadName == "s" }.allSatisfy { $0.curvePoints == 0 && $0.rateShare == nil })
        // Shuffled by the seed, and chosen by one name.
        #expect(points.prefix(6).map(\.rateShare) != points.suffix(6).map(\.rateShare))
        #expect(try read(yaml, ["seed=2"]).plannedRuns().map(\.rateShare) != runs.map(\.rateShare))
        var some = file
        try some.choose(["c"])
        #expect(some.plannedRuns().count == 12)
        #expect(try read("load: {mode: curve}").points[0].curveShares == WorkloadFile.usualShares)
    }

    @Test func aCurvesPointsHaveAPrecisionAndATime() throws {
        let usual = try read("duration_s: 4\nload: {mode: curve}").plannedRuns()[0].load
        #expect(usual.precision == WorkloadFile.usualPrecision && usual.longestSeconds == 8)
        let said = try read("duration_s: 4\nload: {mode: curve, precision: 0.05, longest_s: 30}").plannedRuns()[0].load
        #expect(said.precision == 0.05 && said.longestSeconds == 30)
        let open = try read("load: {mode: open, rate_per_s: 5}").plannedRuns()[0].load
        #expect(open.precision == nil && open.longestSeconds == nil)
    }

    /// A process that is stopped is anybody's: what is done to our servers alone is refused beside others, and this is not.
    @Test func aStallIsForEverySystem() throws {
        let yaml = "ensemble: {systems: [zabbench, zookeeper]}\ninject: {stall: {at_s: 2.5, for_s: 1}"
        let injection = try read(yaml + "}").ensemble.injection
        #expect(injection.stallAtSeconds == 2.5 && injection.stallForSeconds == 1)
        #expect(injection.words == "leader stalled 1.0s at 2.5s" && injection.inServers == PlannedInjection())
        #expect(throws: WorkloadError.self) { try read(yaml + ", sync_us: 5}") }
    }

    /// etcd's followers keep requests waiting for seconds after an election, and their sessions give them up.
    @Test func sessionsMayBreakInAStall() throws {
        let runs = try read("inject: {stall: {at_s: 2.5, for_s: 1}}").plannedRuns()
        #expect(!runs.isEmpty && runs.allSatisfy(\.load.surviveConnectionLoss))
        #expect(try read("inject: {sync_us: 5}").plannedRuns().allSatisfy { !$0.load.surviveConnectionLoss })
    }

    @Test func anObjectiveIsEveryLoads() throws {
        let file = try read("slo: {response_p99_ms: 20, response_p50_ms: 0.5}\nload: [{name: a}, {name: b}]")
        #expect(file.objective?.p99Milliseconds == 20 && file.objective?.p999Milliseconds == nil)
        #expect(file.plannedRuns().allSatisfy { $0.objective == file.objective })
        #expect(try read("").objective == nil)
    }
}
