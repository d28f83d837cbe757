/// How a log thread makes its groups: which records together, and how many groups at a time.
public struct CommitOptions: Hashable, Sendable {
    public let batching: BatchPolicy
    /// Group commits under way at a time; acknowledged in their order all the same.
    public let inFlight: Int

    public static let inFlightRange = 1...16
    public static let natural = CommitOptions(checked: .natural, 1)

    /// In words: `natural`, `count_32, 4 in flight`.
    public var label: String { inFlight == 1 ? batching.label : "\(batching.label), \(inFlight) in flight" }

    private init(checked batching: BatchPolicy, _ inFlight: Int) {
        self.batching = batching
        self.inFlight = inFlight
    }

    /// - Parameters:
    ///   - inFlight: nil for what the policy wants: 2 if it is `overlapped`, otherwise 1.
    ///   - strategy: which it is to work with.
    /// - Throws: `StrategyError`: why the combination makes no sense.
    public init(_ batching: BatchPolicy, inFlight: Int? = nil, for strategy: SyncStrategy) throws(StrategyError) {
        let wanted = inFlight ?? (batching == .overlapped ? 2 : 1)
        guard Self.inFlightRange.contains(wanted) else {
            throw StrategyError(
                "\(wanted) logs in flight: must be from \(Self.inFlightRange.lowerBound) to \(Self.inFlightRange.upperBound)"
            )
        }
        if batching == .overlapped, wanted == 1 {
            throw StrategyError(
                "overlapped with 1 log in flight makes no sense: nothing overlaps; use natural, or 2 or more"
            )
        }
        if wanted > 1 {
            if !strategy.method.waitsForDurability {
                throw StrategyError(
                    "\(wanted) logs in flight with \(strategy.label) make no sense: no group waits for a sync that another "
                        + "could overlap; use 1"
                )
            }
            if strategy.allocation == .append {
                throw StrategyError(
                    "\(wanted) logs in flight with \(strategy.label) make no sense: writes that extend a file wait for "
                        + "each other; use another allocation"
                )
            }
        }
        switch batching {
        case .delay, .adaptive:
            if !strategy.method.waitsForDurability {
                throw StrategyError(
                    "\(batching.label) with \(strategy.label) makes no sense: there is no sync that waiting could share; "
                        + "use natural"
                )
            }
        case .each, .natural, .count, .bytes, .overlapped: break
        }
        self.init(checked: batching, wanted)
    }
}
