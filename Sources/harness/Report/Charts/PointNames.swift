/// Where the names of scattered points are written so that none covers another. On narrow screens the page's style leaves
/// them to the legend.
struct PointNames {
    private struct Box {
        var left: Double
        var right: Double
        var top: Double
        var bottom: Double

        func meets(_ other: Box) -> Bool {
            left < other.right && other.left < right && top < other.bottom && other.top < bottom
        }
    }

    /// What a plot has where names are shown at all, in pixels.
    private static let width = 680.0
    private static let lineHeight = 13.0
    private static let characterWidth = 6.4

    private struct Place: Hashable {
        var x: Double
        var y: Double
    }

    private var texts: [Place: String] = [:]

    init(_ chart: Chart, x: AxisScale, y: AxisScale) {
        let height = Double(chart.height)
        let named = chart.series.filter { $0.drawing == .points }.flatMap(\.points).filter { $0.name != nil }
        let spots = named.compactMap { point -> (point: ChartSeries.Point, left: Double, top: Double)? in
            guard let across = x.position(point.x), let up = y.position(point.y) else { return nil }
            return (point, across * Self.width, (1 - up) * height)
        }
        var taken = spots.map { Box(left: $0.left - 5, right: $0.left + 5, top: $0.top - 5, bottom: $0.top + 5) }
        for spot in spots.sorted(by: { $0.top < $1.top }) {
            guard let name = spot.point.name else { continue }
            let length = Double(name.count) * Self.characterWidth
            let offsets: [(dx: Double, dy: Double, isEnd: Bool)] = [
                (8, 4, false), (-8, 4, true), (8, -8, false), (8, 16, false), (-8, -8, true), (-8, 16, true),
                (8, -20, false), (8, 28, false), (-8, -20, true), (-8, 28, true),
            ]
            for offset in offsets {
                let start = spot.left + offset.dx - (offset.isEnd ? length : 0)
                let base = spot.top + offset.dy
                let box = Box(left: start, right: start + length, top: base - Self.lineHeight + 3, bottom: base + 3)
                guard box.left >= 0, box.right <= Self.width + 8, box.top >= -4, box.bottom <= height,
                    !taken.contains(where: box.meets)
                else { continue }
                taken.append(box)
                texts[Place(x: spot.point.x, y: spot.point.y)] =
                    "dx=\"\(Int(offset.dx))\" dy=\"\(Int(offset.dy))\"\(offset.isEnd ? " text-anchor=\"end\"" : "")>"
                    + HTMLText.escaped(name)
                break
            }
        }
    }

    /// Empty for a point without a name, or without room for it.
    func text(of point: ChartSeries.Point, left: String, top: String) -> String {
        guard let text = texts[Place(x: point.x, y: point.y)] else { return "" }
        return "<text class=\"pn\" x=\"\(left)\" y=\"\(top)\" \(text)</text>"
    }
}
