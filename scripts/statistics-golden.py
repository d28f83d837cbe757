#!/usr/bin/env python3
"""Golden values of Sources/harness/Statistics from SciPy, as JSON on stdout.

    python3 -m venv venv && venv/bin/pip install scipy==1.17.1 numpy==2.4.6
    venv/bin/python scripts/statistics-golden.py > Tests/StatisticsTests/goldens.json

The samples are made here. Bootstrap resamples are drawn with the same SplitMix64 as in Sources/harness/Randomness and handed to
scipy.stats.bootstrap as a finished distribution, so that the limits must agree to rounding, not to luck.
"""
import itertools
import json
import math

import numpy
import scipy
from scipy import stats
from scipy.stats._resampling import BootstrapResult

MASK = (1 << 64) - 1


class SplitMix64:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, bound):
        return (self.next() * bound) >> 64


def sample(seed, count, center, spread):
    """Log-normal runs, rounded as a report would."""
    return [float(v) for v in numpy.round(center * numpy.exp(spread * numpy.random.default_rng(seed).normal(size=count)), 3)]


def given(distribution):
    return BootstrapResult(None, numpy.array(distribution), None)


def limits(data, statistic, distribution, confidence, method, paired=False):
    result = stats.bootstrap(data, statistic, n_resamples=0, confidence_level=confidence, method=method,
                             bootstrap_result=given(distribution), vectorized=True, paired=paired)
    return [float(result.confidence_interval.low), float(result.confidence_interval.high)]


def paired_case(name, a, b):
    a, b = numpy.array(a), numpy.array(b)
    d = numpy.log(b / a)
    n = len(d)
    out = {"name": name, "a": a.tolist(), "b": b.tolist(), "ratio": float(stats.gmean(b / a)),
           "medianRatio": float(numpy.exp(numpy.median(d)))}
    flips = stats.permutation_test((d,), lambda x, axis: numpy.mean(x, axis=axis), permutation_type="samples",
                                   n_resamples=numpy.inf, vectorized=True) if n <= 14 else None
    out["signFlip"] = float(flips.pvalue) if flips else None
    moving = d[d != 0]
    tied = len(set(abs(moving))) < len(moving) or len(moving) < n
    out["wilcoxonIsExact"] = not tied and n <= 50
    test = stats.wilcoxon(d, method="exact" if out["wilcoxonIsExact"] else "asymptotic", correction=True,
                          alternative="greater")
    out["wilcoxonStatistic"] = float(test.statistic)
    out["wilcoxon"] = float(stats.wilcoxon(d, method="exact" if out["wilcoxonIsExact"] else "asymptotic",
                                           correction=True).pvalue)
    out["wilcoxonNormal"] = float(stats.wilcoxon(d, method="asymptotic", correction=True).pvalue)

    resamples, seed = 2500, 20240611
    random = SplitMix64(seed)
    means = [float(numpy.mean(d[[random.below(n) for _ in range(n)]])) for _ in range(resamples)]
    # The sample in another order has the sample's mean; SciPy's count of ties must not depend on the last bit.
    slack = 1e-13 * max(map(abs, means))
    means = [float(numpy.mean(d)) if abs(m - numpy.mean(d)) <= slack else m for m in means]
    expanded = lambda c: 1 - 2 * float(stats.norm.cdf(-math.sqrt(n / (n - 1)) * stats.t.isf((1 - c) / 2, n - 1)))
    mean = lambda x, axis: numpy.mean(x, axis=axis)
    out["bootstrap"] = {"resamples": resamples, "seed": seed, "intervals": [
        {"method": method, "confidence": c, "expanded": wide,
         "limits": numpy.exp(limits((d,), mean, means, expanded(c) if wide else c, method)).tolist()}
        for method in ("percentile", "BCa") for c in (0.8, 0.95) for wide in (False, True)]}
    return out


def unpaired_case(name, a, b, confidence):
    a, b = numpy.array(a), numpy.array(b)
    exact = len(set(a) | set(b)) == len(a) + len(b) and max(len(a), len(b)) <= 20
    test = stats.mannwhitneyu(b, a, method="exact" if exact else "asymptotic")
    shifts = numpy.sort((numpy.log(b)[:, None] - numpy.log(a)[None, :]).ravel())
    out = {"name": name, "a": a.tolist(), "b": b.tolist(), "confidence": confidence, "isExact": exact,
           "u": float(test.statistic), "p": float(test.pvalue),
           "pNormal": float(stats.mannwhitneyu(b, a, method="asymptotic").pvalue),
           "shift": float(numpy.exp(numpy.median(shifts)))}
    if exact and len(a) + len(b) <= 16:
        # The null distribution of U by brute force, and from it the widest k with P(U <= k - 1) <= (1 - confidence) / 2.
        m, n = len(b), len(a)
        counts = numpy.zeros(m * n + 1)
        for chosen in itertools.combinations(range(m + n), m):
            counts[sum(chosen) - m * (m - 1) // 2] += 1
        cumulative = numpy.cumsum(counts) / counts.sum()
        k = int(numpy.sum(cumulative <= (1 - confidence) / 2 * (1 + 1e-12)))
        out["shiftLimits"] = numpy.exp([shifts[k - 1], shifts[m * n - k]]).tolist() if k else None
    resamples, seed = 2000, 7
    random = SplitMix64(seed)
    ratios = []
    for _ in range(resamples):
        x = a[[random.below(len(a)) for _ in a]]
        y = b[[random.below(len(b)) for _ in b]]
        ratios.append(float(numpy.median(y) / numpy.median(x)))
    ratio = lambda x, y, axis: numpy.median(y, axis=axis) / numpy.median(x, axis=axis)
    out["ratioOfMedians"] = float(numpy.median(b) / numpy.median(a))
    out["bootstrap"] = {"resamples": resamples, "seed": seed,
                        "limits": limits((a, b), ratio, ratios, confidence, "percentile")}
    return out


def line(x, y):
    """Ordinary least squares with 95 % intervals by Student's t."""
    fit = stats.linregress(x, y)
    t = stats.t.ppf(0.975, len(x) - 2)
    return {"x": x, "y": y, "slope": float(fit.slope), "intercept": float(fit.intercept),
            "slopeLimits": [float(fit.slope - t * fit.stderr), float(fit.slope + t * fit.stderr)],
            "interceptLimits": [float(fit.intercept - t * fit.intercept_stderr),
                                float(fit.intercept + t * fit.intercept_stderr)],
            "rSquared": float(fit.rvalue ** 2)}


def holm(p):
    order = numpy.argsort(p, kind="stable")
    result, largest = [0.0] * len(p), 0.0
    for place, index in enumerate(order):
        largest = max(largest, min(1.0, p[index] * (len(p) - place)))
        result[index] = largest
    return {"p": p, "adjusted": result}


def t_power(shift, n, alpha):
    c = stats.t.isf(alpha / 2, n - 1)
    return float(stats.nct.sf(c, n - 1, shift) + stats.nct.cdf(-c, n - 1, shift))


def main():
    noise = lambda seed, n, ratio, spread: (sample(seed, n, 240, spread), [
        float(v) for v in numpy.round(numpy.array(sample(seed + 1, n, 240, spread)) * ratio, 3)])
    paired = [
        paired_case("no difference, 8 pairs", *noise(1, 8, 1.0, 0.03)),
        paired_case("5 % slower, 10 pairs", *noise(3, 10, 1.05, 0.03)),
        paired_case("2 % faster, 13 pairs", *noise(5, 13, 0.98, 0.04)),
        paired_case("three pairs", *noise(7, 3, 1.1, 0.05)),
        paired_case("one wild pair", [100, 101, 99, 102, 98, 100.5, 100.2], [103, 102, 102.5, 104, 99, 101, 260]),
        paired_case("ties and a zero", [100, 200, 100, 400, 100, 100, 50], [110, 220, 100, 440, 105, 95, 60]),
        paired_case("all on one side", [10, 11, 12, 13, 14, 15], [10.5, 11.2, 12.9, 13.1, 14.8, 15.05]),
        paired_case("40 pairs", *noise(9, 40, 1.01, 0.03)),
        paired_case("60 pairs", *noise(11, 60, 1.005, 0.02)),
    ]
    unpaired = [
        unpaired_case("no difference, 6 and 7", *noise(21, 7, 1.0, 0.03), 0.95),
        unpaired_case("6 % slower, 8 and 8", *noise(23, 8, 1.06, 0.03), 0.95),
        unpaired_case("unlike numbers", sample(25, 5, 240, 0.04), sample(26, 9, 250, 0.04), 0.9),
        unpaired_case("3 and 3", [1, 2, 3], [4, 5, 6], 0.95),
        unpaired_case("5 and 5 apart", [1, 2, 3, 4, 5], [6, 7, 8, 9, 10], 0.99),
        unpaired_case("ties", [10, 11, 11, 12, 13], [11, 12, 12, 14, 15, 15], 0.95),
        unpaired_case("20 and 20", *noise(27, 20, 1.02, 0.03), 0.95),
        unpaired_case("30 and 25", sample(29, 30, 240, 0.03), sample(30, 25, 243, 0.03), 0.95),
    ]
    shares = [1e-300, 1e-12, 1e-5, 0.005, 0.025, 0.075, 0.2, 0.5, 0.7, 0.95, 0.999, 1 - 1e-12]
    json.dump({
        "scipy": scipy.__version__, "numpy": numpy.__version__,
        "normal": [{"share": s, "quantile": float(stats.norm.ppf(s))} for s in shares],
        "student": [{"tail": t, "degrees": d, "critical": float(stats.t.isf(t, d))}
                    for t in (0.25, 0.025, 0.005, 1e-5) for d in (1, 2, 5, 9, 29, 200)],
        "power": [{"shift": s, "pairs": n, "alpha": a, "power": t_power(s, n, a)}
                  for s in (0.0, 1.0, 2.5, 4.0) for n in (3, 6, 10, 20, 63) for a in (0.05, 0.01)],
        "holm": [holm(p) for p in ([0.01], [0.04, 0.01, 0.03], [0.5, 0.6, 0.02, 0.02], [1.0, 0.9, 0.8],
                                   [0.011, 0.001, 0.2, 0.02, 0.012])],
        "paired": paired, "unpaired": unpaired,
        "lines": [
            line([0, 2, 4, 6], [20.1, 26.2, 31.8, 38.3]),
            line([0, 0, 0, 2, 2, 2, 4, 4, 4], [12.0, 12.5, 11.8, 19.0, 18.2, 18.9, 24.9, 26.1, 25.3]),
            line([2, 4, 8], [0.001, 0.0011, 0.0009]),
            line([1, 1, 3, 3, 3], [5e6, 5.1e6, 9.8e6, 1.01e7, 1.02e7]),
        ],
    }, __import__("sys").stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
