/// A number and what it counts, in agreement: `1 run`, `2 runs`, `12,000 writes`.
public struct Count: CustomStringConvertible, Sendable {
    public let description: String

    /// - Parameter many: the plural, where an `s` does not make it.
    public init(_ number: Int, _ one: String, _ many: String? = nil) {
        description = "\(ConsoleTable.grouped(Double(number))) \(number == 1 ? one : many ?? one + "s")"
    }
}
