/// How one thing looks in every chart of a page: its colour, its line's dashes, its points' shape.
public struct SeriesStyle: Sendable, Hashable {
    /// Colours that most people can tell apart, in light and dark: the page's style has them as `--s0` to `--s7`.
    static let colours = 8
    /// Solid first.
    static let dashes = 4
    static let shapes = 5

    public var colour: Int
    public var dash: Int
    public var shape: Int
    /// Red: what is no result, or loses writes.
    public var isWarning = false

    /// The style with that number: colours come again after eight, with other dashes, and differ from their neighbours by
    /// the shape of their points as well.
    init(_ number: Int) {
        // Any number has one, whatever a file calls its servers: all of it comes again after 160.
        let number = (number % 160 + 160) % 160
        colour = number % Self.colours
        dash = number / Self.colours % Self.dashes
        shape = (number + number / Self.colours) % Self.shapes
    }

    /// Grey and thin: a limit, a background, a fit.
    public static let muted: SeriesStyle = {
        var style = SeriesStyle(0)
        (style.colour, style.dash, style.shape) = (-1, 1, 0)
        return style
    }()

    public static let warning: SeriesStyle = {
        var style = SeriesStyle(0)
        (style.colour, style.dash, style.isWarning) = (-2, 1, true)
        return style
    }()

    /// The same identity, marked as one that loses writes: its colour stays and its line is finely dotted.
    public func marked(_ isMarked: Bool) -> SeriesStyle {
        var style = self
        style.isWarning = isMarked
        return style
    }

    /// The same colour, told apart by its dashes and its points.
    public func variant(_ number: Int) -> SeriesStyle {
        var style = self
        (style.dash, style.shape) = ((dash + number) % Self.dashes, (shape + number) % Self.shapes)
        return style
    }

    /// The classes of the page's style.
    var classes: String {
        let hue = colour >= 0 ? "c\(colour)" : colour == -1 ? "cm" : "cw"
        return hue + (isWarning ? " dw" : dash == 0 ? "" : " d\(dash)")
    }

    /// The key of a legend: a piece of the line with its point, or the point alone.
    func key(hasLine: Bool) -> String {
        "<svg class=\"key \(classes)\" aria-hidden=\"true\">\(hasLine ? "<path class=\"line\" d=\"M0 6h26\"/>" : "")"
            + "<svg x=\"13\" y=\"6\"><use href=\"#m\(shape)\"/></svg></svg>"
    }

    /// The key of something drawn as an area.
    var patch: String { "<i class=\"patch \(classes)\"></i>" }
}
