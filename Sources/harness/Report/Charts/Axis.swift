/// One axis of a chart: what it shows, in which unit, and how values lie on it.
public struct Axis: Sendable {
    public enum Scale: Sendable, Equatable {
        /// Even steps from zero.
        case linear
        /// Even steps over the values alone, for figures of which zero is no neighbour.
        case linearFromLeast
        /// Values at or below zero are left out.
        case logarithmic
        /// For quantiles from 0 to below 1: each further nine (90, 99, 99.9 %) has the same room.
        case nines
        /// Seconds, marked at 1, 2, 5, 10, 15, 30, 60, 120, ...
        case seconds
        /// Numbers marked one by one, each at its numeric place: ensemble sizes.
        case places([Double])
        /// Places marked with words: commits, dates.
        case named([Mark])
    }

    /// A marked place.
    public struct Mark: Sendable, Equatable {
        public var at: Double
        public var label: String

        public init(at: Double, label: String) {
            self.at = at
            self.label = label
        }
    }

    /// What the axis shows: `Response time`.
    public var title: String
    /// `ms`, `writes/s`, `servers`, `%`; an axis without a unit is a mistake.
    public var unit: String
    public var scale: Scale
    /// The ends, where the values do not decide; for charts beside each other.
    public var range: ClosedRange<Double>?

    public init(_ title: String, unit: String, scale: Scale = .linear, range: ClosedRange<Double>? = nil) {
        self.title = title
        self.unit = unit
        self.scale = scale
        self.range = range
    }

    /// `Response time (ms)`.
    var heading: String { "\(title) (\(unit))" }

    /// A latency in milliseconds, logarithmic.
    public static func latency(_ title: String = "Response time", range: ClosedRange<Double>? = nil) -> Axis {
        Axis(title, unit: "ms", scale: .logarithmic, range: range)
    }

    public static func throughput(_ title: String = "Throughput", unit: String = "operations/s") -> Axis {
        Axis(title, unit: unit)
    }

    /// The share of operations that were faster: `nines`.
    public static var quantile: Axis { Axis("Share of operations answered within", unit: "%", scale: .nines) }

    public static func servers(_ sizes: [Int]) -> Axis {
        Axis("Ensemble size", unit: "servers", scale: .places(Set(sizes).sorted().map(Double.init)))
    }

    public static func time(_ title: String = "Time since the start of the load", range: ClosedRange<Double>? = nil)
        -> Axis
    {
        Axis(title, unit: "s", scale: .seconds, range: range)
    }
}
