import Results
import Statistics

/// The rows of scaling.csv, from summary.csv alone.
///
/// With x = servers - 1: 1/throughput = a + b x over the saturated runs; what the leader sends for a write c + d x; its
/// threads' time for a write likewise. So the leader sends (c + d x) / (a + b x) bytes a second, which rises or falls with
/// x towards d / b: whether it ever reaches what a network takes is a matter of the four numbers.
public enum ScalingStudy {
    /// Bytes of payload that TCP gets through of each byte on the line (reference: 1,448 of 1,538 on Ethernet).
    static let goodput = 0.94
    static let networksInGigabits: [Double] = [1, 10, 25, 100]

    /// - Parameters:
    ///   - runs: the rows of summary.csv.
    ///   - folder: the name of its folder.
    /// - Returns: nothing for loads that were run on fewer than two sizes or three times.
    public static func rows(_ runs: [SummaryRow], folder: String) -> [ScalingRow] {
        Dictionary(grouping: runs.filter(isSaturated)) { LoadKey($0).acrossSizes }.sorted { $0.key < $1.key }
            .flatMap { LoadScaling(subject: $0.key, runs: $0.value, folder: folder).rows }
    }

    /// The line of one load's time of a write over the number of followers, and the runs that it is fitted to.
    struct TimeOfWrite: Sendable {
        var subject: LoadKey
        var line: LinearFit
        var runs: [SummaryRow]
    }

    /// The lines behind the `us_per_write` rows: what draws or quotes one must use the same runs.
    static func timesOfWrites(_ runs: [SummaryRow]) -> [TimeOfWrite] {
        Dictionary(grouping: runs.filter(isSaturated)) { LoadKey($0).acrossSizes }.sorted { $0.key < $1.key }
            .compactMap { subject, runs in
                LoadScaling(subject: subject, runs: runs, folder: "").line.map {
                    TimeOfWrite(subject: subject, line: $0, runs: runs.filter { $0.microsecondsPerWrite != nil })
                }
            }
    }

    /// Operations in flight from which on a closed loop keeps the servers busy, whatever its latency.
    static let saturatingWindow = 256

    /// Whether the run shows what the servers can do, and is a result: a closed loop with much in flight, or with less that
    /// used something up. Whether the limiter's rule was just met must not choose among the runs of one load.
    private static func isSaturated(_ run: SummaryRow) -> Bool {
        guard run.isValid, run.load.mode == "closed", !run.context.isGeneratorLimited, run.limiter != .generator else {
            return false
        }
        return run.load.clients * run.load.outstanding >= saturatingWindow
            || run.limiter != nil && run.limiter != .latency
    }
}

/// One load's runs on several sizes.
private struct LoadScaling {
    let subject: LoadKey
    let runs: [SummaryRow]
    let folder: String

    /// A line over the number of followers, and the sizes that it rests on.
    private struct Fit {
        var line: LinearFit
        var sizes: [Double]
    }

    var line: LinearFit? { fit(\.microsecondsPerWrite)?.line }

    /// None where there is no line to be drawn.
    var rows: [ScalingRow] {
        guard let throughput = fit(\.microsecondsPerWrite) else { return [] }
        let egress = fit(\.leader.bytesOutPerWrite)
        let loop = fit(\.leader.loopMicrosecondsPerWrite)
        let log = fit(\.leader.logMicrosecondsPerWrite)
        let fits = [
            row("us_per_write", throughput), row("egress_bytes_per_write", egress), row("loop_us_per_write", loop),
            row("log_us_per_write", log),
        ]
        let networks = ScalingStudy.networksInGigabits.map { gigabits in
            let bytesPerMicrosecond = gigabits * 1e9 / 8 * ScalingStudy.goodput / 1e6
            return prediction(
                "network_\(CSVValue.number(gigabits).plain)_gbit",
                throughput,
                need: egress,
                capacityPerMicrosecond: bytesPerMicrosecond,
                "MB/s"
            )
        }
        let threads = [("loop_thread", loop), ("log_thread", log)].map { name, need in
            prediction(name, throughput, need: need, capacityPerMicrosecond: 1, "of a core")
        }
        return (fits + networks + threads).compactMap { $0 }
    }

    // MARK: Fits

    private func fit(_ y: (SummaryRow) -> Double?) -> Fit? {
        let points = runs.compactMap { run in y(run).map { (x: Double(run.tag.ensembleSize) - 1, y: $0) } }
        guard let line = try? LinearFit(x: points.map(\.x), y: points.map(\.y)) else { return nil }
        return Fit(line: line, sizes: Set(points.map(\.x)).sorted().map { $0 + 1 })
    }

    // MARK: Rows

    private func row(_ kind: ScalingRow.Kind, _ quantity: String) -> ScalingRow {
        ScalingRow(
            folder: folder,
            subject: subject,
            kind: kind,
            quantity: quantity,
            isMachineLimited: runs.contains(where: \.context.isMachineLimited)
        )
    }

    private func row(_ quantity: String, _ fit: Fit?) -> ScalingRow? {
        guard let fit else { return nil }
        var row = row(.fit, quantity)
        row.intercept = fit.line.intercept.value
        row.interceptLow = fit.line.intercept.low
        row.interceptHigh = fit.line.intercept.high
        row.slope = fit.line.slope.value
        row.slopeLow = fit.line.slope.low
        row.slopeHigh = fit.line.slope.high
        row.rSquared = fit.line.rSquared
        row.runs = fit.line.count
        row.sizes = fit.sizes.map { CSVValue.number($0).plain }.joined(separator: " ")
        return row
    }

    private func prediction(
        _ resource: String,
        _ throughput: Fit,
        need: Fit?,
        capacityPerMicrosecond: Double,
        _ unit: String
    ) -> ScalingRow? {
        guard let need else { return nil }
        let found = ScalingPrediction(
            time: throughput.line,
            need: need.line,
            capacity: capacityPerMicrosecond,
            unit: unit
        )
        var row = row(.prediction, resource)
        row.servers = found.servers
        row.verdict = found.verdict
        row.reason = found.reason
        return row
    }
}

/// At which size need(x) / time(x) reaches a capacity.
struct ScalingPrediction: Sendable, Equatable {
    var servers: Double?
    var verdict: ScalingRow.Verdict
    var reason: String

    /// - Parameters:
    ///   - time: microseconds for a write by the number of followers.
    ///   - need: bytes, or microseconds of a thread, for a write.
    ///   - capacity: bytes, or microseconds of a thread, a microsecond.
    ///   - unit: of need by time, as a reader knows it.
    init(time: LinearFit, need: LinearFit, capacity: Double, unit: String) {
        let (a, b) = (time.intercept.value, time.slope.value)
        let (c, d) = (need.intercept.value, need.slope.value)
        func used(_ x: Double) -> Double { (c + d * x) / (a + b * x) }
        func text(_ value: Double) -> String { ConsoleTable.threeDigits(value) + " " + unit }
        // One follower is the smallest ensemble with a network.
        guard a + b > 0 else {
            (servers, verdict) = (nil, .unknown)
            reason = "the fitted time for a write is not positive at two servers"
            return
        }
        if used(1) >= capacity {
            (servers, verdict) = (2, .reached)
            reason = "already with two servers: \(text(used(1))) of \(text(capacity))"
            return
        }
        guard b > 0 else {
            // The throughput does not fall, so whatever each follower needs more adds up.
            let x = (capacity * a - c) / (d - capacity * b)
            if d - capacity * b > 0, x > 1, a + b * x > 0 {
                (servers, verdict) = (x + 1, .reached)
                reason = "the throughput does not fall with the size in this fit"
            } else {
                (servers, verdict) = (nil, d > 0 ? .unknown : .never)
                reason =
                    d > 0
                    ? "the throughput rises with the size in this fit, which no large ensemble can do"
                    : "a write needs no more with more servers"
            }
            return
        }
        guard d > capacity * b else {
            (servers, verdict) = (nil, .never)
            let most = max(used(1), max(0, d / b))
            reason =
                "the throughput falls faster than the need rises: at most \(text(most)) of \(text(capacity)), at any size"
            return
        }
        (servers, verdict) = ((capacity * a - c) / (d - capacity * b) + 1, .reached)
        reason = "grows towards \(text(d / b)) with the size"
    }
}
