import Measure
import Statistics

/// How far a printed figure may lie from what more repeats would show (docs/reference/errors.md).
///
/// Of two and more repeats it is the distance of the 95 % interval's farther limit from the median, so that nobody who takes
/// it for symmetric thinks too little of it; both limits are in the JSON. Of one repeat nothing is known.
public struct FigureError: Sendable, Equatable {
    /// Of the median; nil for one repeat.
    public let interval: ClosedRange<Double>?
    private let value: Double

    /// Stands where one repeat cannot say how far the next would lie.
    public static let unknown = "±?"

    public init(_ distribution: Distribution) {
        self.init(distribution.median, distribution.interval.map { ($0.low, $0.high) })
    }

    /// Of a median whose limits were found elsewhere; nil for one repeat.
    public init(_ median: Double, _ limits: (low: Double, high: Double)?) {
        value = median
        interval = limits.flatMap { $0.low <= $0.high ? $0.low...$0.high : nil }
    }

    init(_ median: Double, _ limits: Calibration.Limits?) { self.init(median, limits.map { ($0.low, $0.high) }) }

    /// The greater distance from the median to a limit, in its unit.
    public var distance: Double? { interval.map { max($0.upperBound - value, value - $0.lowerBound) } }

    /// The same as a share of the median; nil for a median of zero, too.
    public var share: Double? { value == 0 ? nil : distance.map { $0 / abs(value) } }

    /// `±11 %`, `±0.3 %`, `±?`; of a median of zero, which has no per cents, `±` and the distance.
    ///
    /// - Parameter unit: writes a figure as the median is written.
    public func words(_ unit: (Double) -> String) -> String {
        if let share { return "±" + Self.percent(share) + " %" }
        return distance.map { "±" + unit($0) } ?? Self.unknown
    }

    /// The same without the sign of per cent, for tables that have no room for it.
    public var short: String {
        if let share { return "±" + Self.percent(share) }
        return distance == 0 ? "±0" : Self.unknown
    }

    /// Rounded up: an error is never less than it says. Tenths below one per cent, none above.
    static func percent(_ share: Double) -> String {
        let percent = share * 100
        // What is a limit but for the rounding of a logarithm is that limit.
        if percent <= 0.9 + 1e-9 {
            return ConsoleTable.fixed(max(1, (percent * 10 - 1e-8).rounded(.up)) / 10, digits: 1)
        }
        return percent > 999 ? ">999" : ConsoleTable.fixed((percent - 1e-8).rounded(.up), digits: 0)
    }

    /// `961 µs ±4 %`; without repeats the figure alone, since there is one sentence for all of them.
    func beside(_ text: String, _ unit: (Double) -> String = ConsoleTable.threeDigits) -> String {
        interval == nil ? text : "\(text) \(words(unit))"
    }
}

extension FigureError {
    /// `57.5 ±1.7 %`: of a share, which is in per cent itself, the error is in the same unit and not relative to it.
    func percent(_ share: Double) -> String {
        guard let distance else { return Limiter.percent(share) }
        // A limit beyond all shares there are says that it can be any.
        let error = distance >= 1 ? ">99" : ConsoleTable.twoDigitsUp(distance * 100)
        return "\(ConsoleTable.threeDigits(share * 100)) ±\(error) %"
    }

    /// `1.53 ±0.11`: in the unit of the figure.
    func absolute(_ value: Double) -> String {
        let text = ConsoleTable.threeDigits(value)
        guard let distance else { return text }
        let most = 10 * abs(value)
        return distance > most
            ? "\(text) ±>\(ConsoleTable.threeDigits(most))" : "\(text) ±\(ConsoleTable.twoDigitsUp(distance))"
    }
}

extension Distribution {
    var error: FigureError { FigureError(self) }
}

extension ConsoleTable {
    /// So many digits behind the point.
    static func fixed(_ value: Double, digits: Int) -> String {
        guard value.isFinite, abs(value) < 9e15 else { return "-" }
        guard digits > 0 else { return String(Int64(value.rounded())) }
        let tenths = Int64((value * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }

    /// An error in the unit of its figure, rounded up: `0.12`, `1.7`, `23`.
    static func twoDigitsUp(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        if value >= 9.95 { return grouped((value - 1e-9).rounded(.up)) }
        let scale = value >= 0.995 ? 10.0 : 100.0
        return threeDigits(max(1, (value * scale - 1e-9).rounded(.up)) / scale)
            .trimmingZero(behind: scale == 10 ? 1 : 2)
    }
}

extension String {
    /// Cut to so many digits behind the point.
    fileprivate func trimmingZero(behind digits: Int) -> String {
        guard let point = firstIndex(of: ".") else { return self }
        return String(prefix(distance(from: startIndex, to: point) + 1 + digits))
    }
}
