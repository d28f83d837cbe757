/// A number and its noun, agreeing.
public enum CountedNoun {
    /// `1 run`, `3 runs`, `12,000 runs`.
    ///
    /// - Parameter plural: where it is not the singular with an s, or more than the noun has to agree: `line is`,
    ///   `lines are`.
    public static func text(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
        "\(grouped(count)) \(noun(count, singular, plural))"
    }

    /// The noun alone.
    public static func noun(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
        count == 1 ? singular : plural ?? singular + "s"
    }

    /// `a`, `a and b`, `a, b and c`.
    public static func list(_ words: [String], _ last: String = "and") -> String {
        guard words.count > 1, let end = words.last else { return words.first ?? "" }
        return "\(words.dropLast().joined(separator: ", ")) \(last) \(end)"
    }

    /// `20,000`.
    public static func grouped(_ count: Int) -> String {
        let digits = String(count.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return count < 0 ? "-" + text : text
    }
}
