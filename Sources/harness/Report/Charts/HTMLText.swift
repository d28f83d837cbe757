/// Plain text and numbers as HTML.
public enum HTMLText {
    /// Text for HTML and for attributes in double quotes.
    public static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    /// An anchor's name: lower-case letters, digits and hyphens, `latency-3-servers`.
    public static func anchor(_ text: String) -> String {
        var anchor = ""
        for character in text.lowercased() {
            if character.isASCII, character.isLetter || character.isNumber {
                anchor.append(character)
            } else if !anchor.isEmpty, anchor.last != "-" {
                anchor.append("-")
            }
        }
        while anchor.last == "-" { anchor.removeLast() }
        return anchor.isEmpty ? "x" : anchor
    }

    /// A share of the plot, 0 to 1, as a CSS and SVG percentage: `12.3%`.
    static func percent(_ share: Double) -> String {
        guard share.isFinite, abs(share) < 9e12 else { return "0%" }
        let tenths = Int((share * 1000).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)%" : "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)%"
    }

    /// A number on an axis: `250,000`, `12.5`, `0.05`.
    static func number(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 9e12 else { return "-" }
        if abs(value) >= 1000 { return ConsoleTable.grouped(value) }
        let scaled = Int64((abs(value) * 100_000).rounded())
        var fraction = String(scaled % 100_000)
        fraction = String(repeating: "0", count: 5 - fraction.count) + fraction
        while fraction.last == "0" { fraction.removeLast() }
        let sign = value < 0 && scaled != 0 ? "-" : ""
        return sign + String(scaled / 100_000) + (fraction.isEmpty ? "" : "." + fraction)
    }

    /// A value in a tooltip: three significant digits, `485,000`, `6.91`, `0.0123`.
    static func rounded(_ value: Double) -> String {
        guard value != 0, value.isFinite else { return number(value) }
        var scale = 1.0
        while abs(value) * scale < 100, scale < 100_000 { scale *= 10 }
        return number((value * scale).rounded() / scale)
    }
}
