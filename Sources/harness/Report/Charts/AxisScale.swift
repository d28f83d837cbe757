import Glibc

/// An axis with its ends: where a value lies between them, and what is marked.
struct AxisScale: Sendable {
    struct Tick: Sendable, Equatable {
        /// 0 at the low end, 1 at the high end.
        var position: Double
        var label: String
        /// Goes where there is little room.
        var isSpare = false
    }

    let axis: Axis
    /// In values, not in their logarithms.
    let low: Double
    let high: Double

    /// Nil where no value can be drawn.
    init?(_ axis: Axis, values: [Double]) {
        self.axis = axis
        var known = values.filter { Self.isDrawn($0, axis.scale) }
        if case .places(let places) = axis.scale { known += places }
        if let range = axis.range {
            known += [range.lowerBound, range.upperBound].filter { Self.isDrawn($0, axis.scale) }
        }
        guard let least = known.min(), let most = known.max() else { return nil }
        if let range = axis.range, range.lowerBound < range.upperBound, Self.isDrawn(range.lowerBound, axis.scale) {
            (low, high) = (range.lowerBound, range.upperBound)
            return
        }
        switch axis.scale {
        case .linear: (low, high) = least < 0 ? (least, max(most, 0)) : (0, most > 0 ? most * 1.06 : 1)
        case .linearFromLeast:
            let room = most > least ? (most - least) * 0.06 : max(abs(most) * 0.1, 1e-9)
            (low, high) = (least - room, most + room)
        case .logarithmic:
            // Round ends only where there would be fewer than two marks between the values.
            let room = (least / 1.15, most * 1.15)
            let isMarked = AxisTicks.logarithmic(from: room.0, to: room.1).count > 1
            (low, high) = isMarked ? room : (AxisTicks.step(atMost: room.0), AxisTicks.step(atLeast: room.1))
        case .nines: (low, high) = (0, max(most, 0.9))
        case .seconds, .named: (low, high) = most > least ? (least, most) : (least - 0.5, most + 0.5)
        case .places:
            let room = most > least ? (most - least) * 0.06 : 1
            (low, high) = (least - room, most + room)
        }
    }

    /// Whether the axis has a place for it.
    static func isDrawn(_ value: Double, _ scale: Axis.Scale) -> Bool {
        switch scale {
        case .logarithmic: value.isFinite && value > 0
        case .nines: value >= 0 && value < 1
        default: value.isFinite
        }
    }

    /// 0 at the low end, 1 at the high end; values beyond are drawn at the end. Nil for what has no place.
    func position(_ value: Double) -> Double? {
        guard Self.isDrawn(value, axis.scale) else { return nil }
        let share = (place(value) - place(low)) / (place(high) - place(low))
        return min(1, max(0, share))
    }

    private func place(_ value: Double) -> Double {
        switch axis.scale {
        case .logarithmic: log10(value)
        case .nines: -log10(1 - value)
        default: value
        }
    }

    var ticks: [Tick] {
        let shown = marks.filter { $0.at >= low - (high - low) * 1e-9 && $0.at <= high * (1 + 1e-9) + 1e-12 }
        return shown.enumerated().compactMap { index, mark in
            position(mark.at).map { place in
                Tick(position: place, label: mark.label, isSpare: isSpare(index, of: shown))
            }
        }
    }

    /// Every second one is spare; on the nines 0 and 50 % are, and every second one beyond 99.9 % where there are many: answers
    /// quote p99.
    private func isSpare(_ index: Int, of marks: [Axis.Mark]) -> Bool {
        guard marks.count > 4 else { return false }
        guard axis.scale == .nines else { return index % 2 == 1 }
        let at = marks[index].at
        return at < 0.9 || marks.count > 7 && at > 0.9991 && index % 2 == 1
    }

    private var marks: [Axis.Mark] {
        func numbers(_ values: [Double]) -> [Axis.Mark] {
            values.map { Axis.Mark(at: $0, label: HTMLText.number($0)) }
        }
        switch axis.scale {
        case .linear, .linearFromLeast: return numbers(AxisTicks.even(from: low, to: high))
        case .seconds: return numbers(AxisTicks.seconds(from: low, to: high))
        case .logarithmic: return numbers(AxisTicks.logarithmic(from: low, to: high))
        case .nines: return AxisTicks.nines(to: high).map { Axis.Mark(at: $0, label: HTMLText.number($0 * 100)) }
        case .places(let places): return numbers(places)
        case .named(let marks): return marks
        }
    }

    /// A value of this axis in a tooltip, with its unit.
    func words(_ value: Double) -> String {
        switch axis.scale {
        case .nines: HTMLText.number((value * 1e7).rounded() / 1e5) + " %"
        case .named(let marks): marks.first { $0.at == value }?.label ?? HTMLText.rounded(value)
        case .places:
            "\(HTMLText.rounded(value)) \(value == 1 && axis.unit.hasSuffix("s") ? String(axis.unit.dropLast()) : axis.unit)"
        default: "\(HTMLText.rounded(value)) \(axis.unit)"
        }
    }
}
