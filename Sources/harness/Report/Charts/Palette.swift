/// Hands out the looks of one page's series: the same name has the same look in every chart, in whatever order the charts ask.
///
/// A name is what the thing *is* (`3 servers`, `fdatasync_recycled`, `sync`), never a run's id. Make one for each page, and
/// name the things in the order that their legend should have before the first chart is drawn.
public final class Palette {
    private var styles: [String: SeriesStyle] = [:]

    public init(_ names: [String] = []) {
        for name in names { _ = style(of: name) }
    }

    /// The style of a name; a new one takes the next style.
    public func style(of name: String) -> SeriesStyle {
        if let known = styles[name] { return known }
        let style = SeriesStyle(styles.count)
        styles[name] = style
        return style
    }
}
