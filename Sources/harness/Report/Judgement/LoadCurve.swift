import Results
import Statistics

/// The points of one curve over all repeats: what one load on one ensemble answers at rates from far below the capacity
/// to beyond it.
public struct LoadCurve: Sendable {
    /// Of its points, without what tells them apart.
    public let key: LoadKey
    /// Each repeat of it.
    public let passes: [CurvePass]

    /// - Parameter rows: of one curve.
    init(key: LoadKey, rows: [SummaryRow]) {
        self.key = key
        passes = Dictionary(grouping: rows, by: \.tag.repeatNumber).sorted { $0.key < $1.key }
            .map { CurvePass($0.value) }
    }

    /// All curves of a folder's rows, in the order of its loads.
    public static func all(of rows: [SummaryRow]) -> [LoadCurve] {
        Dictionary(grouping: rows.filter { $0.load.ofCapacity != nil }) { LoadKey($0).curve }
            .sorted { $0.key < $1.key }.map { LoadCurve(key: $0.key, rows: $0.value) }
    }

    /// Its points, each over all repeats, by their rate.
    public var points: [LoadPointSummary] { LoadPointSummary.grouped(passes.flatMap(\.rows)) }

    /// What a closed loop achieves, over the repeats.
    public var capacity: Distribution? { Distribution(passes.compactMap(\.capacity)) }

    /// What the generator does with servers that answer at once; nil where nobody has measured it.
    public var generatorBound: Double? { passes.flatMap(\.rows).compactMap(\.generatorBoundPerSecond).max() }

    /// Where the curve bends, over the repeats; nil where no repeat says anything.
    public var knee: Knee? {
        let found = passes.compactMap(\.knee)
        for end in [CurvePass.Knee.End.bend, .generator, .curve] {
            let same = found.filter { $0.end == end }
            guard !same.isEmpty else { continue }
            return Knee(end: end, rate: Distribution(same.compactMap(\.rate)), passes: same.count)
        }
        return nil
    }

    /// The repeats that agree on what ends the curve, the strongest finding first: who has seen the bend has seen it.
    public struct Knee: Sendable {
        public var end: CurvePass.Knee.End
        /// Nil where not even the lowest rate was kept up with.
        public var rate: Distribution?
        /// Repeats of which it is.
        public var passes: Int
    }

    public var objective: SummaryRow.Objective { passes.first?.rows.first?.objective ?? SummaryRow.Objective() }

    /// The highest measured rate at which the objective is held, over the repeats that have one.
    public var objectiveRate: Distribution? { Distribution(passes.compactMap(\.objectiveRate)) }

    /// Whether something was measured, there is an objective, and no point of any repeat holds it.
    public var missesObjective: Bool {
        !objective.isEmpty && passes.contains { !$0.measured.isEmpty } && objectiveRate == nil
    }
}

/// One repeat of a curve, by rate.
///
/// Its *knee* is the highest offered rate that is kept up with (98 % of it are achieved) and whose response p99 is at
/// most ten times that of the lowest rate. The definition is operational on purpose. A knee as the point of greatest
/// curvature (Satopää et al., "Finding a Kneedle in a Haystack", 2011) moves with the axes' scale and with the noise,
/// and ten points with a tail latency each have little else; so does the place where one model's curve bends (Gunther,
/// Guerrilla Capacity Planning, 2007). Ten times is where a queue of one server with Poisson arrivals (M/M/1) is at nine
/// tenths of its capacity: all of its quantiles grow as 1 ÷ (1 − utilization).
///
/// A lower rate that misses the bound does not lower the knee: one slow second at one point is noise, and the table
/// shows it. What the generator limited is no finding about the servers and takes no part.
public struct CurvePass: Sendable {
    public struct Knee: Sendable, Equatable {
        /// What is above the rate.
        public enum End: Sendable, Equatable {
            /// A rate that the servers did not hold: the knee.
            case bend
            /// What the generator could not ask for: its bound, and no knee.
            case generator
            /// Nothing: the curve ends before its knee.
            case curve
        }
        public var end: End
        /// Nil where not even the lowest rate was kept up with.
        public var rate: Double?
    }

    public static let slowdown = 10.0

    /// Lowest rate first.
    public let rows: [SummaryRow]

    public init(_ rows: [SummaryRow]) { self.rows = rows.sorted { $0.offeredPerSecond < $1.offeredPerSecond } }

    /// Of a row that stands: a closed loop that lost writes has no capacity.
    public var capacity: Double? {
        rows.first { $0.capacityPerSecond != nil && ($0.isValid || $0.isBeyondKnee) }?.capacityPerSecond
    }

    /// Those that say something of the servers: results, and what was too much for them.
    public var measured: [SummaryRow] {
        rows.filter { !$0.isGenerators && ($0.isValid || $0.isBeyondKnee) && (!isCapacityGenerators || $0.isKeptUp) }
    }

    /// Nil where no row says anything.
    public var knee: Knee? {
        let measured = measured
        let limited = rows.filter { ($0.isValid || $0.isBeyondKnee) && ($0.isGenerators || isCapacityGenerators) }
        guard let atRest = measured.first(where: \.isValid)?.response.p99Microseconds else {
            if !limited.isEmpty { return Knee(end: .generator, rate: nil) }
            return measured.isEmpty ? nil : Knee(end: .bend, rate: nil)
        }
        let best = measured.last { row in
            guard row.isValid, row.isKeptUp, let p99 = row.response.p99Microseconds else { return false }
            return p99 <= atRest * Self.slowdown
        }
        let rate = best?.offeredPerSecond
        func isAbove(_ row: SummaryRow) -> Bool { row.offeredPerSecond > (rate ?? -1) }
        // A capacity that is the generator's own is nobody's knee.
        if !isCapacityGenerators, measured.contains(where: isAbove) { return Knee(end: .bend, rate: rate) }
        let isGenerators = isCapacityGenerators || limited.contains(where: isAbove)
        return Knee(end: isGenerators ? .generator : .curve, rate: rate)
    }

    /// The highest offered rate whose row holds the objective; nil where none does.
    public var objectiveRate: Double? {
        measured.last { $0.isValid && $0.holdsObjective == true }?.offeredPerSecond
    }

    /// What the null target says is its version.
    private static let nullTarget = "null"

    /// Whether the closed loop that all rates are shares of was the generator's limit.
    private var isCapacityGenerators: Bool {
        if rows.contains(where: { $0.systemVersion == Self.nullTarget }) { return true }
        guard let capacity, let bound = rows.compactMap(\.generatorBoundPerSecond).first else { return false }
        return capacity >= bound * RunValidity.generatorBoundShare
    }
}

extension SummaryRow {
    /// Whether it is a curve's point at which more was asked for than the servers, or the generator, can do.
    var isBeyondKnee: Bool { load.ofCapacity != nil && RunValidity.isBeyond(invalidReasons) }

    /// Whether the generator was its limit.
    fileprivate var isGenerators: Bool { context.isGeneratorLimited || limiter == .generator }
}

extension SummaryRow.Objective {
    /// `p50 1 ms, p99 20 ms`; nil where there is none.
    var words: String? {
        let bounds = [("p50", p50), ("p99", p99), ("p99.9", p999)].compactMap { name, bound in
            bound.map { "\(name) \(CSVValue.number($0).plain) ms" }
        }
        return bounds.isEmpty ? nil : bounds.joined(separator: ", ")
    }
}
