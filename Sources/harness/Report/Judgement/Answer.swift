/// One sentence that answers a question, with the figures in it, so that it can be tested and compared.
public struct Answer: Sendable, Equatable {
    public enum Question: String, Sendable {
        /// How much a load achieves.
        case throughput
        /// How long an operation takes at a rate that was kept up with, or alone.
        case latency
        /// How a figure changes with the number of servers.
        case sizes
        /// Which way to write the log is fastest, and what the others lose.
        case strategies
        /// How long writes stop after a fault.
        case outage
        /// What each follower costs.
        case followers
        /// How two systems compare.
        case systems
        /// How high a rate can be before response times are those of a queue.
        case curve
    }

    public struct Value: Sendable, Equatable {
        public var name: String
        public var value: Double
        /// 95 %; nil without repeats.
        public var interval: ClosedRange<Double>?
        public var unit: String
    }

    public var question: Question
    /// What it is about, which begins the sentence: `3 servers`.
    public var subject: String
    public var values: [Value]
    /// The rest of the sentence, with its full stop.
    public var statement: String

    public var text: String { "\(subject): \(statement)" }

    /// Nil where no answer has such a value.
    public func value(_ name: String) -> Value? { values.first { $0.name == name } }
}

/// Figures as a sentence has them: three digits, their interval in brackets.
enum AnswerWords {
    /// `485,000`, `6.91`, `23.4`.
    static func count(_ value: Double) -> String { HTMLText.rounded(significant(value)) }

    /// Three significant digits.
    static func significant(_ value: Double) -> Double {
        guard value != 0, value.isFinite else { return value }
        var scale = 1.0
        while abs(value) / scale >= 1000 { scale *= 10 }
        return (value / scale).rounded() == value / scale
            ? value : scale == 1 ? value : (value / scale).rounded() * scale
    }

    static func latency(_ microseconds: Double) -> String { ConsoleTable.latency(microseconds: microseconds) }

    /// ` (460,000 to 500,000, 95 % of 5 runs)`, ` (one run, no interval)`.
    static func interval(_ value: ClosedRange<Double>?, of count: Int, _ noun: String, _ words: (Double) -> String)
        -> String
    {
        guard let value else { return " (one \(noun), no interval)" }
        return " (\(range(value, words)), 95 % of \(count) \(noun)s)"
    }

    /// ` (6.2 to 7.7 ms)`; empty without repeats, which the sentence has said before.
    static func interval(_ value: ClosedRange<Double>?, _ words: (Double) -> String) -> String {
        value.map { " (\(range($0, words)))" } ?? ""
    }

    /// `460,000 to 500,000`; a unit that both ends have is written once.
    private static func range(_ value: ClosedRange<Double>, _ words: (Double) -> String) -> String {
        let ends = (words(value.lowerBound), words(value.upperBound))
        let units = (ends.0.split(separator: " ").last, ends.1.split(separator: " ").last)
        guard ends.0.contains(" "), let unit = units.0, unit == units.1 else { return "\(ends.0) to \(ends.1)" }
        return "\(ends.0.dropLast(unit.count + 1)) to \(ends.1)"
    }
}
