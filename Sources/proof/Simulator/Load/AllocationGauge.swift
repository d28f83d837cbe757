/// Counts requests for memory of the calling thread, while it is told to. The simulator knows no allocator, so whoever
/// wants allocations counted brings one.
public protocol AllocationGauge: AnyObject {
    var isCounting: Bool { get set }
    /// Since it was made.
    var count: Int { get }
}

extension AllocationGauge {
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
