import Testing

@testable import Workload

/// Rates that change: what is planned is the integral of the rate, however the arrivals are drawn.
@Suite struct RateProfileTests {
    static let profiles: [RateProfile] = [
        .steps([
            RateStep(ratePerSecond: 1000, seconds: 2), RateStep(ratePerSecond: 0, seconds: 1),
            RateStep(ratePerSecond: 5000, seconds: 3),
        ]),
        .ramp(from: 100, to: 9000, seconds: 8), .ramp(from: 6000, to: 0, seconds: 10),
        .ramp(from: 2000, to: 2000, seconds: 4), .sine(mean: 3000, amplitude: 2500, periodSeconds: 3),
        .sine(mean: 3000, amplitude: 3000, periodSeconds: 0.5),
        .burst(base: 500, peak: 20_000, everySeconds: 2, forSeconds: 0.25),
        .burst(base: 0, peak: 8000, everySeconds: 1, forSeconds: 0.5),
    ]

    /// The times of all sessions in seconds after the warm-up, up to `end`.
    private func times(
        _ profile: RateProfile,
        _ arrivals: Arrivals,
        sessions: Int = 4,
        warmUp: Double = 0,
        seed: UInt64 = 1,
        until end: Double
    ) -> [Double] {
        var plan = LoadPlan(mode: .open(ratePerSecond: 1, arrivals: arrivals), clients: sessions, seed: seed)
        plan.warmUpSeconds = warmUp
        plan.profile = profile
        var times: [Double] = []
        for session in 0..<sessions {
            var stream = plan.arrivals(session: session, start: 1_000_000)!
            while case let time = Double(stream.next - 1_000_000) / 1e9 - warmUp, time < end {
                times.append(time)
                stream.advance()
            }
        }
        return times.sorted()
    }

    @Test(arguments: profiles) func theInverseIsTheInverse(_ profile: RateProfile) {
        for step in 1...400 {
            let seconds = Double(step) * 0.025
            let count = profile.count(seconds: seconds)
            let found = profile.seconds(count: count)
            // Where the rate is 0 many times have one count, and the inverse is one of them.
            #expect(abs(profile.count(seconds: found) - count) < 1e-5, "\(seconds)")
            #expect(profile.count(seconds: seconds) >= profile.count(seconds: seconds - 0.025))
        }
    }

    /// An evenly spaced process has one arrival for each whole number of the integral: to one in each interval.
    @Test(arguments: profiles) func fixedArrivalsAreTheIntegral(_ profile: RateProfile) {
        let times = times(profile, .fixed, until: 9)
        for interval in 0..<36 {
            let (from, to) = (Double(interval) * 0.25, Double(interval + 1) * 0.25)
            let count = times.count { $0 >= from && $0 < to }
            let planned = profile.count(seconds: to) - profile.count(seconds: from)
            #expect(abs(Double(count) - planned) <= 1.01, "\(from) to \(to): \(count) of \(planned)")
        }
    }

    /// Of a Poisson process the counts of intervals are Poisson: within five standard deviations of the integral.
    @Test(arguments: profiles) func poissonArrivalsFollowTheIntegral(_ profile: RateProfile) {
        let times = times(profile, .poisson, sessions: 7, seed: 42, until: 9)
        for interval in 0..<18 {
            let (from, to) = (Double(interval) * 0.5, Double(interval + 1) * 0.5)
            let count = Double(times.count { $0 >= from && $0 < to })
            let planned = profile.count(seconds: to) - profile.count(seconds: from)
            #expect(abs(count - planned) <= 5 * planned.squareRoot() + 1e-3, "\(from) to \(to): \(count) of \(planned)")
        }
        let all = profile.count(seconds: 9)
        #expect(abs(Double(times.count) - all) <= 5 * all.squareRoot())
    }

    @Test func theSameSeedGivesTheSameTimes() {
        let profile = Self.profiles[4]
        #expect(times(profile, .poisson, seed: 3, until: 2) == times(profile, .poisson, seed: 3, until: 2))
        #expect(times(profile, .poisson, seed: 3, until: 2) != times(profile, .poisson, seed: 4, until: 2))
    }

    @Test func theWarmUpHasTheFirstRate() {
        let ramp = RateProfile.ramp(from: 1000, to: 5000, seconds: 4)
        let times = times(ramp, .fixed, warmUp: 2, until: 4)
        #expect(times.count { $0 < 0 } == 2000)
        #expect(abs(times.count { $0 >= 0 } - 12_000) <= 1)
        // From nothing there is no warm-up, and nothing goes wrong.
        let late = self.times(.ramp(from: 0, to: 1000, seconds: 2), .poisson, warmUp: 3, until: 2)
        #expect(late.allSatisfy { $0 >= 0 } && late.count > 800)
    }

    @Test func aRateOfOneSizeIsTheUsualStream() {
        let even = times(.ramp(from: 2000, to: 2000, seconds: 1), .fixed, until: 3)
        let gaps = zip(even.dropFirst(), even).map { $0 - $1 }
        #expect(even.count == 6000 && gaps.allSatisfy { abs($0 - 0.0005) < 1e-8 })
    }

    @Test func whatEndsAtNothingEnds() {
        let profile = RateProfile.steps([
            RateStep(ratePerSecond: 100, seconds: 1), RateStep(ratePerSecond: 0, seconds: 1),
        ])
        #expect(abs(times(profile, .fixed, until: 1e6).count - 100) <= 1)
        #expect(profile.mean(seconds: 2) == 50)
    }

    @Test func theMeanIsThatOfTheWindow() {
        #expect(RateProfile.ramp(from: 0, to: 100, seconds: 10).mean(seconds: 10) == 50)
        #expect(abs(RateProfile.sine(mean: 70, amplitude: 70, periodSeconds: 2).mean(seconds: 6) - 70) < 1e-9)
        let burst = RateProfile.burst(base: 100, peak: 1100, everySeconds: 10, forSeconds: 1)
        #expect(abs(burst.mean(seconds: 20) - 200) < 1e-9)
    }
}
