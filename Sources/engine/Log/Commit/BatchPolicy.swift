/// Which records are made durable together: one group commit.
public enum BatchPolicy: Hashable, Sendable {
    /// Each record alone.
    case each
    /// Whatever came in during the sync before.
    case natural
    /// Whatever has come in so many microseconds after the first of the batch was seen.
    case delay(microseconds: Int)
    /// As `natural`, but at most so many records.
    case count(Int)
    /// As `natural`, but at most so many bytes of records, and at least one record.
    case bytes(Int)
    /// As `natural`, with a wait of half a sync (at most 1 ms) while syncs follow one another without a pause and the
    /// wait is worth at least one more record.
    case adaptive
    /// As `natural`, with two group commits under way at a time.
    case overlapped

    public static let names = "each, natural, delay_<N>us, count_<N>, bytes_<N>, adaptive, overlapped"

    /// As it stands in zoo.cfg, in workload files and in CSV files.
    public var label: String {
        switch self {
        case .each: "each"
        case .natural: "natural"
        case .delay(let microseconds): "delay_\(microseconds)us"
        case .count(let count): "count_\(count)"
        case .bytes(let count): "bytes_\(count)"
        case .adaptive: "adaptive"
        case .overlapped: "overlapped"
        }
    }

    /// - Throws: `StrategyError` with what is allowed.
    public init(label: String) throws(StrategyError) {
        switch label {
        case "each": self = .each
        case "natural": self = .natural
        case "adaptive": self = .adaptive
        case "overlapped": self = .overlapped
        default:
            if let count = Self.number(in: label, "delay_", "us", 1...1_000_000) {
                self = .delay(microseconds: count)
            } else if let count = Self.number(in: label, "count_", "", 1...1_000_000) {
                self = .count(count)
            } else if let count = Self.number(in: label, "bytes_", "", 512...(64 << 20)) {
                self = .bytes(count)
            } else {
                throw StrategyError(
                    "\"\(label)\" is not one of \(Self.names), with delays from 1 to 1000000, counts from 1 to 1000000 "
                        + "and bytes from 512 to 67108864"
                )
            }
        }
    }

    private static func number(in label: String, _ prefix: String, _ suffix: String, _ range: ClosedRange<Int>) -> Int?
    {
        guard label.hasPrefix(prefix), label.hasSuffix(suffix), label.count > prefix.count + suffix.count,
            let number = Int(label.dropFirst(prefix.count).dropLast(suffix.count)), range.contains(number),
            label == "\(prefix)\(number)\(suffix)"
        else { return nil }
        return number
    }
}
