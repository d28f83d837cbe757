import Glibc

/// Round numbers to mark an axis at.
enum AxisTicks {
    /// About five marks at 1, 2 or 5 times a power of ten.
    static func even(from low: Double, to high: Double, about count: Double = 5) -> [Double] {
        let raw = (high - low) / count
        guard raw > 0, raw.isFinite else { return [low] }
        return multiples(of: step(atLeast: raw), from: low, to: high)
    }

    /// Seconds and minutes as clocks have them.
    static func seconds(from low: Double, to high: Double) -> [Double] {
        let raw = (high - low) / 6
        guard raw >= 1 else { return even(from: low, to: high) }
        let steps: [Double] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600]
        let step = steps.first { $0 >= raw } ?? (raw / 3600).rounded(.up) * 3600
        return multiples(of: step, from: low, to: high)
    }

    /// Powers of ten, with 2 and 5 times them where they are few.
    static func logarithmic(from low: Double, to high: Double) -> [Double] {
        guard low > 0, high >= low else { return [] }
        let decades = log10(high / low)
        let factors: [Double] = decades <= 1.8 ? [1, 2, 5] : decades <= 3.3 ? [1, 3] : [1]
        let every = decades > 8 ? 2 : 1
        var ticks: [Double] = []
        for exponent in Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up)) where exponent % every == 0 {
            ticks += factors.map { $0 * power(exponent) }
        }
        return ticks.filter { $0 >= low * (1 - 1e-9) && $0 <= high * (1 + 1e-9) }
    }

    /// 0, 50, 90, 99, 99.9 %, ... as shares.
    static func nines(to high: Double) -> [Double] {
        var ticks = [0, 0.5]
        var nines = 1
        while nines <= 9, 1 - power(-nines) <= high + 1e-12 {
            ticks.append(1 - power(-nines))
            nines += 1
        }
        return ticks
    }

    /// The greatest 1, 2 or 5 times a power of ten that is not above `value`, which is above 0.
    static func step(atMost value: Double) -> Double {
        let base = power(Int(log10(value).rounded(.down)))
        return [5, 2, 1].map { $0 * base }.first { $0 <= value * (1 + 1e-12) } ?? base
    }

    /// The least such number that is not below `value`.
    static func step(atLeast value: Double) -> Double {
        let base = power(Int(log10(value).rounded(.down)))
        return [1, 2, 5, 10].map { $0 * base }.first { $0 >= value * (1 - 1e-12) } ?? base * 10
    }

    private static func power(_ exponent: Int) -> Double {
        exponent < 0 ? 1 / pow(10, Double(-exponent)) : pow(10, Double(exponent))
    }

    private static func multiples(of step: Double, from low: Double, to high: Double) -> [Double] {
        var index = (low / step - 1e-9).rounded(.up)
        var ticks: [Double] = []
        while index * step <= high + step * 1e-9, ticks.count < 50 {
            ticks.append(index * step)
            index += 1
        }
        return ticks
    }
}
