/// A stretch of the horizontal axis that is shaded and named: a fault, a warm-up.
public struct ChartSpan: Sendable {
    /// What it was; spans of one name have one colour and one key in the legend.
    public var name: String
    public var from: Double
    public var to: Double
    public var style: SeriesStyle
    /// More about this one, in its tooltip.
    public var detail: String

    public init(name: String, from: Double, to: Double, style: SeriesStyle = .warning, detail: String = "") {
        self.name = name
        self.from = from
        self.to = to
        self.style = style
        self.detail = detail
    }
}

/// A line across the whole plot at one value: a limit, a moment.
public struct ChartRule: Sendable {
    public enum Direction: Sendable { case vertical, horizontal }

    public var name: String
    public var at: Double
    public var direction: Direction
    public var style: SeriesStyle

    public init(name: String, at: Double, direction: Direction, style: SeriesStyle = .muted) {
        self.name = name
        self.at = at
        self.direction = direction
        self.style = style
    }
}
