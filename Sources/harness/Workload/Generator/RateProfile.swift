#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How the rate of an open loop changes in the course of its measured part, in operations per second of all sessions
/// together.
///
/// Its clock starts with the measured part. The warm-up has the rate that it begins with; beyond the planned end it
/// goes on, since a load may be extended. All that is asked of it is the integral of the rate and the inverse of that:
/// an arrival is planned where the integral says so (time change of a Poisson process; Çınlar, Introduction to
/// Stochastic Processes, 1975), so the planned times are exact, however fast the rate changes.
public enum RateProfile: Sendable, Hashable {
    /// One rate after the other; the last one stays.
    case steps([RateStep])
    /// Evenly from one rate to the other, which stays.
    case ramp(from: Double, to: Double, seconds: Double)
    /// Around a mean, where it begins, rising.
    case sine(mean: Double, amplitude: Double, periodSeconds: Double)
    /// A base, and a peak at the end of each period.
    case burst(base: Double, peak: Double, everySeconds: Double, forSeconds: Double)

    /// The rate at its beginning.
    var first: Double {
        switch self {
        case .steps(let steps): steps.first?.ratePerSecond ?? 0
        case .ramp(let from, _, _): from
        case .sine(let mean, _, _): mean
        case .burst(let base, _, _, _): base
        }
    }

    /// The mean rate of the first so many seconds.
    public func mean(seconds: Double) -> Double { seconds > 0 ? count(seconds: seconds) / seconds : first }

    /// Operations planned in the first so many seconds.
    public func count(seconds: Double) -> Double {
        switch self {
        case .steps(let steps): return Self.count(steps, seconds: seconds)
        case .ramp(let from, let to, let length):
            let within = min(seconds, length)
            return within * (from + (to - from) * within / (2 * length)) + (seconds - within) * to
        case .sine(let mean, let amplitude, let period):
            return Self.sineCount(seconds, mean: mean, amplitude: amplitude, period: period)
        case .burst(let base, let peak, let every, let length):
            let whole = (seconds / every).rounded(.down)
            let rest = seconds - whole * every
            let quiet = every - length
            let each = quiet * base + length * peak
            return whole * each + min(rest, quiet) * base + max(0, rest - quiet) * peak
        }
    }

    /// When so many operations have been planned; infinite where there never are.
    func seconds(count: Double) -> Double {
        switch self {
        case .steps(let steps): return Self.seconds(steps, count: count)
        case .ramp(let from, let to, let length):
            guard count > 0 else { return 0 }
            let all = (from + to) / 2 * length
            guard count < all else { return count == all ? length : length + (count - all) / to }
            // The root of a quadratic, in the form that cancels nothing and does not mind an even rate.
            let discriminant = from * from + 2 * (to - from) / length * count
            return 2 * count / (from + max(0, discriminant).squareRoot())
        case .sine(let mean, let amplitude, let period):
            let whole = (count / (mean * period)).rounded(.down)
            let rest = max(0, count - whole * mean * period)
            return whole * period + Self.sineSeconds(rest, mean: mean, amplitude: amplitude, period: period)
        case .burst(let base, let peak, let every, let length):
            let quiet = every - length
            let each = quiet * base + length * peak
            let whole = (count / each).rounded(.down)
            let rest = max(0, count - whole * each)
            return whole * every + (rest < quiet * base ? rest / base : quiet + (rest - quiet * base) / peak)
        }
    }

    private static func count(_ steps: [RateStep], seconds: Double) -> Double {
        var left = seconds
        var count = 0.0
        for (index, step) in steps.enumerated() {
            let part = index == steps.count - 1 ? left : min(left, step.seconds)
            count += part * step.ratePerSecond
            left -= part
        }
        return count
    }

    private static func seconds(_ steps: [RateStep], count: Double) -> Double {
        var left = count
        var begin = 0.0
        for (index, step) in steps.enumerated() {
            let planned = step.seconds * step.ratePerSecond
            if left < planned || index == steps.count - 1 {
                return step.ratePerSecond > 0 ? begin + left / step.ratePerSecond : .infinity
            }
            left -= planned
            begin += step.seconds
        }
        return .infinity
    }

    private static func sineCount(_ seconds: Double, mean: Double, amplitude: Double, period: Double) -> Double {
        let turn = 2 * Double.pi / period
        return mean * seconds + amplitude / turn * (1 - cos(turn * seconds))
    }

    /// Within one period. Newton's steps, each of which is replaced by a bisection where it would leave the bracket:
    /// the rate may be 0 at the trough.
    private static func sineSeconds(_ count: Double, mean: Double, amplitude: Double, period: Double) -> Double {
        // Far below a nanosecond.
        let enough = 1e-11 * max(1, period)
        let turn = 2 * Double.pi / period
        var (low, high) = (0.0, period)
        var seconds = count / mean
        for _ in 0..<80 {
            let excess = sineCount(seconds, mean: mean, amplitude: amplitude, period: period) - count
            guard excess != 0 else { return seconds }
            if excess > 0 { high = seconds } else { low = seconds }
            let rate = mean + amplitude * sin(turn * seconds)
            let step = seconds - excess / rate
            let next = step > low && step < high ? step : (low + high) / 2
            if abs(next - seconds) <= enough { return next }
            seconds = next
        }
        return seconds
    }
}

/// A rate for a while.
public struct RateStep: Sendable, Hashable {
    public var ratePerSecond: Double
    public var seconds: Double

    public init(ratePerSecond: Double, seconds: Double) {
        self.ratePerSecond = ratePerSecond
        self.seconds = seconds
    }
}
