import Foundation
import Report

extension CostBreakdown {
    /// A table of what grew most and of what fell most.
    ///
    /// - Parameters:
    ///   - unit: of the figures, in the title's line.
    ///   - rows: at most so many.
    public func text(unit: String, rows: Int = 12) -> String {
        let shown = chosen(rows)
        var table = ConsoleTable(columns: [
            .init("part", .left, isProse: true), .init("A", .right), .init("B", .right), .init("B - A", .right),
            .init("95 %", .right), .init("", .left),
        ])
        for part in shown {
            table.rows.append([
                part.name, Self.figure(part.baseline), Self.figure(part.candidate), Self.signed(part.difference),
                part.error.map { "± " + Self.figure($0) } ?? "-", part.isShown ? "*" : "",
            ])
        }
        let rest = parts.count - shown.count
        let left = rest > 0 ? "\(Count(rest, "more part")), which changed by less\n" : ""
        return "\(title), \(unit), \(Count(pairs, "pair"))\n" + table.text(on: .document) + left
    }

    /// Those that changed most, either way, in the order of the change.
    private func chosen(_ rows: Int) -> [Part] {
        let most = parts.sorted { (abs($0.difference), $1.name) > (abs($1.difference), $0.name) }.prefix(rows)
        let names = Set(most.map(\.name))
        return parts.filter { names.contains($0.name) }
    }

    /// Three digits are more than the pairs can tell apart.
    static func figure(_ value: Double) -> String {
        abs(value) >= 99.95
            ? String(format: "%.0f", value) : String(format: abs(value) >= 9.995 ? "%.1f" : "%.2f", value)
    }

    private static func signed(_ value: Double) -> String {
        let text = figure(value)
        return value > 0 ? "+" + text : text
    }
}
