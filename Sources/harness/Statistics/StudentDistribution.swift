import Glibc

/// Student's t with whole degrees of freedom, and the power of the t test.
public enum StudentDistribution {
    /// P(T > t) for t ≥ 0 by the incomplete beta function (Abramowitz and Stegun 26.7.1).
    static func upperTail(_ t: Double, degrees: Int) -> Double {
        let freedom = Double(degrees)
        return 0.5 * incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5)
    }

    /// The t that is exceeded with probability `tail`, 0 < tail ≤ 0.5, by bisection of the tail's logarithm in t.
    public static func critical(tail: Double, degrees: Int) -> Double {
        var low = 0.0
        var high = 1.0
        while upperTail(high, degrees: degrees) > tail, high < 1e300 { high *= 2 }
        for _ in 0..<200 {
            let middle = (low + high) / 2
            if middle == low || middle == high { break }
            if upperTail(middle, degrees: degrees) > tail { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// The chance that a two-sided t test of n = `degrees` + 1 values at level `alpha` rejects, if the mean lies
    /// `shift` standard errors from zero: the noncentral t distribution, by Simpson's rule over the estimated
    /// standard deviation (Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions 2, ch. 31).
    public static func power(shift: Double, degrees: Int, alpha: Double) -> Double {
        power(shift: shift, degrees: degrees, critical: critical(tail: alpha / 2, degrees: degrees))
    }

    static func power(shift: Double, degrees: Int, critical: Double) -> Double {
        let freedom = Double(degrees)
        let reach = 12 / (2 * freedom).squareRoot()
        let low = max(0, 1 - reach)
        let steps = 400
        let width = (1 + reach - low) / Double(steps)
        let constant = log(2) + freedom / 2 * log(freedom / 2) - lgamma(freedom / 2).0
        var sum = 0.0
        for step in 0...steps {
            // s is the estimated standard deviation over the true one: χ with `degrees`, divided by √degrees.
            let s = low + Double(step) * width
            guard s > 0 || degrees == 1 else { continue }
            let density = exp(constant + (degrees == 1 ? 0 : (freedom - 1) * log(s)) - freedom * s * s / 2)
            let rejected =
                NormalDistribution.cumulative(shift - critical * s)
                + NormalDistribution.cumulative(-shift - critical * s)
            sum += density * rejected * (step == 0 || step == steps ? 1 : step % 2 == 1 ? 4 : 2)
        }
        return min(1, sum * width / 3)
    }

    /// The regularized incomplete beta function by Lentz's continued fraction (Numerical Recipes, 3rd ed., 6.4).
    static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
        guard x > 0 else { return 0 }
        guard x < 1 else { return 1 }
        let front = exp(lgamma(a + b).0 - lgamma(a).0 - lgamma(b).0 + a * log(x) + b * log1p(-x))
        return x < (a + 1) / (a + b + 2)
            ? front * betaFraction(x, a, b) / a : 1 - front * betaFraction(1 - x, b, a) / b
    }

    private static func betaFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
        let tiny = 1e-300
        func kept(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
        var c = 1.0
        var d = 1 / kept(1 - (a + b) * x / (a + 1))
        var fraction = d
        for step in 1...10_000 {
            let m = Double(step)
            let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            d = 1 / kept(1 + even * d)
            c = kept(1 + even / c)
            fraction *= c * d
            let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            d = 1 / kept(1 + odd * d)
            c = kept(1 + odd / c)
            fraction *= c * d
            if abs(c * d - 1) < 1e-16 { break }
        }
        return fraction
    }
}
