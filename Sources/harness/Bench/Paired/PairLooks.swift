import Statistics

/// After how many pairs a comparison is looked at: once at the end, or in between, too.
public struct PairLooks: Sendable, Equatable {
    /// Rising; the last one is how many pairs there are at most.
    public let numbers: [Int]

    /// - Parameter text: `12`, or `12,24,48`.
    /// - Throws: `UsageError`.
    public init(_ text: String) throws(UsageError) {
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        guard let numbers = numbers as? [Int], numbers.allSatisfy({ (2...10_000).contains($0) }) else {
            throw UsageError("--pairs \(text): say a number from 2 to 10000, or rising ones such as 12,24,48")
        }
        self.numbers = numbers
    }

    /// How the level is spent on the looks; nil for one number of pairs, which needs no plan.
    ///
    /// - Parameter tests: metrics times loads.
    /// - Throws: `UsageError` where the looks are too many for so small a level, or do not rise.
    public func plan(tests: Int, level: Double) throws(UsageError) -> LookPlan? {
        guard numbers.count > 1 else { return nil }
        do {
            return try LookPlan(looks: numbers, level: level, metrics: tests)
        } catch {
            throw UsageError("--pairs \(numbers.map(String.init).joined(separator: ",")), \(tests) tests: \(error)")
        }
    }
}
