/// Counts what the calling thread costs, while it is told to. The simulator knows neither an allocator nor a processor, so
/// whoever wants something counted brings what counts it.
public protocol CostGauge: AnyObject {
    var isCounting: Bool { get set }
    /// The load begins: what was counted before is not of its cost.
    func begin()
    /// Requests for memory since it was made; nil if it counts something else.
    var allocations: Int? { get }
}

extension CostGauge {
    public func begin() {}

    /// Returns whether it counted before: for `restore`.
    @inline(__always)
    func exchange(_ counting: Bool) -> Bool {
        let before = isCounting
        isCounting = counting
        return before
    }

    @inline(__always)
    func restore(_ counting: Bool?) {
        if let counting { isCounting = counting }
    }
}
