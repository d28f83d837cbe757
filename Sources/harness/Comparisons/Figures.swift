import Foundation
import Report
import Statistics

/// Numbers as all outputs of a comparison write them.
enum Figures {
    /// Four significant digits, thousands grouped: `52,341`, `6.758`, `0.007814`.
    static func value(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "-" }
        if value == 0 { return "0" }
        if abs(value) >= 1000 { return ConsoleTable.grouped(value) }
        let decimals = max(0, min(9, 3 - Int(log10(abs(value)).rounded(.down))))
        return String(format: "%.\(decimals)f", value)
    }

    /// The same with its error, `6.758 ±3 %`, or `±?` of one run.
    static func value(_ value: Double, _ error: FigureError) -> String {
        "\(Self.value(value)) \(error.words { Self.value($0) })"
    }

    /// `0.957`.
    static func ratio(_ ratio: Double?) -> String { ratio.map { String(format: "%.3f", $0) } ?? "-" }

    /// `0.930..0.985`.
    static func interval(_ interval: Interval?) -> String {
        interval.map { "\(ratio($0.low))..\(ratio($0.high))" } ?? "-"
    }

    /// `0.0041`, `<0.0001`.
    static func p(_ p: Double?) -> String {
        guard let p else { return "-" }
        if p < 0.0001 { return "<0.0001" }
        var text = String(format: "%.4f", p)
        while text.hasSuffix("0"), !text.hasSuffix(".0") { text.removeLast() }
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// `4.2 %`; from 10 % on without a digit after the point.
    static func percent(_ share: Double?) -> String {
        guard let share, share.isFinite else { return "-" }
        let percent = share * 100
        return String(format: abs(percent) < 9.95 ? "%.1f %%" : "%.0f %%", percent)
    }

    /// `5 %`, `2.5 %`: as somebody has said it, without a digit that says nothing.
    static func round(_ share: Double) -> String { String(format: "%g %%", share * 100) }

    /// `+4.3 %`, `-2.0 %`: by how much a ratio lies from 1.
    static func change(_ ratio: Double?) -> String {
        guard let ratio, ratio.isFinite else { return "-" }
        return (ratio >= 1 ? "+" : "") + percent(ratio - 1)
    }
}
