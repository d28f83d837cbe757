import CJemalloc
import Glibc

/// Allocation counts of this process, from jemalloc's own counters.
///
/// The count is jemalloc's `nrequests` (small and large, over all arenas), not `nmalloc`: with thread caches `nmalloc`
/// counts what a cache fetched from an arena, so that a pair of malloc and free served by the cache would count as
/// nothing. A thread's cache hands its requests over when it fills or is collected, so a reading lags by what each thread
/// asked for in its last few megabytes. Over seconds that is noise, and equal at both ends of an interval.
public enum Allocations {
    /// Requests for memory since the process started, of all threads; nil where jemalloc does not serve `malloc`.
    /// Costs a merge of all arenas' statistics (tens of microseconds): call it once a second, not per operation.
    public static func count() -> UInt64? {
        // MALLCTL_ARENAS_ALL, which the header defines by a macro that Swift does not import.
        isActive ? count(arena: 4096) : nil
    }

    /// Requests that this arena has served; those that a thread's cache has not handed over are missing.
    static func count(arena: UInt32) -> UInt64? {
        // Writing the epoch is what makes jemalloc gather its statistics afresh.
        guard write(1 as UInt64, to: "epoch"),
            let small: UInt64 = read("stats.arenas.\(arena).small.nrequests"),
            let large: UInt64 = read("stats.arenas.\(arena).large.nrequests")
        else { return nil }
        return small &+ large
    }

    /// Whether `malloc` of this process is really jemalloc's: it is asked, by an allocation that must move jemalloc's
    /// counter of the calling thread. Linking the library is no proof, another allocator may be preloaded.
    public static let isActive: Bool = {
        guard let before: UInt64 = read("thread.allocated") else { return false }
        // Called through the address that the loader found: the optimizer drops a pair of malloc and free that nothing
        // observes, and it knows these two by name.
        typealias Allocate = @convention(c) (Int) -> UnsafeMutableRawPointer?
        guard let symbol = dlsym(nil, "malloc"), let probe = unsafeBitCast(symbol, to: Allocate.self)(probeBytes) else {
            return false
        }
        let after: UInt64? = read("thread.allocated")
        free(probe)
        guard let after else { return false }
        return after &- before >= UInt64(probeBytes)
    }()

    /// The version jemalloc reports of itself, nil where it does not serve `malloc`.
    public static let version: String? = {
        guard isActive else { return nil }
        var text: UnsafePointer<CChar>?
        var size = MemoryLayout<UnsafePointer<CChar>?>.size
        guard mallctl("version", &text, &size, nil, 0) == 0, let text else { return nil }
        return String(cString: text)
    }()

    /// Hands the calling thread's requests over, for exact counts in tests. It empties the thread's cache, so it has no
    /// place on a server's threads.
    static func flushThisThread() {
        mallctl("thread.tcache.flush", nil, nil, nil, 0)
    }

    private static let probeBytes = 1 << 16

    /// Reads a value of jemalloc(3)'s by name; nil where there is none of that name and size.
    static func read<Value: BitwiseCopyable>(_ name: String) -> Value? {
        withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { value in
            var size = MemoryLayout<Value>.size
            guard mallctl(name, value.baseAddress, &size, nil, 0) == 0, size == MemoryLayout<Value>.size else {
                return nil
            }
            return value[0]
        }
    }

    /// Whether the value could be set.
    @discardableResult static func write<Value: BitwiseCopyable>(_ value: Value, to name: String) -> Bool {
        var value = value
        return mallctl(name, nil, nil, &value, MemoryLayout<Value>.size) == 0
    }
}
