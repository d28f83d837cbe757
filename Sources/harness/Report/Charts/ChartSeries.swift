/// One thing in a chart: its points, and how they are joined.
public struct ChartSeries: Sendable {
    public struct Point: Sendable {
        public var x: Double
        /// A value without a place on the axis (NaN, or 0 on a logarithmic one) breaks the line.
        public var y: Double
        /// The interval of y; nil where nothing is known of it.
        public var interval: ClosedRange<Double>?
        /// Written beside the point where there is room, and first in its tooltip.
        public var name: String?

        public init(x: Double, y: Double, interval: ClosedRange<Double>? = nil, name: String? = nil) {
            self.x = x
            self.y = y
            self.interval = interval
            self.name = name
        }
    }

    public enum Drawing: Sendable {
        /// Points with whiskers, joined by a line; the points themselves only where they can be told apart.
        case line
        /// The line alone, with a band for the intervals: fits, dense curves.
        case band
        /// Points with whiskers, not joined: a scatter.
        case points
    }

    public var name: String
    public var style: SeriesStyle
    public var points: [Point]
    public var drawing: Drawing

    public init(name: String, style: SeriesStyle, points: [Point], drawing: Drawing = .line) {
        self.name = name
        self.style = style
        self.points = points
        self.drawing = drawing
    }

    /// Its key in a legend.
    var key: String { style.key(hasLine: drawing != .points) }
}
