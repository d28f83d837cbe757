import CJemalloc
import Glibc

/// Counts every request for memory (malloc, calloc, realloc and their kin) that the thread which made it asks jemalloc
/// for, while it is told to count: exactly, and without a word to other threads.
///
/// jemalloc calls it at every request (`experimental.hooks`). Its own counters would not do here: they lag by what a
/// thread's cache has not handed over. While a counter exists all allocations of the process take the allocator's slow
/// path, so it has no place where time is measured.
public final class AllocationCounter {
    private struct Tally {
        var count = 0
        var isCounting = false
        var thread: pthread_t
    }

    /// The hooks of jemalloc 5.3, which its header does not declare.
    private typealias Hook =
        @convention(c) (UnsafeMutableRawPointer?, Int32, UnsafeMutableRawPointer?, UInt, UnsafeMutableRawPointer?) ->
        Void
    private struct Hooks {
        var allocated: Hook?
        var freed: UnsafeRawPointer?
        var expanded: UnsafeRawPointer?
        var extra: UnsafeMutableRawPointer?
    }

    private let tally: UnsafeMutablePointer<Tally>
    private var handle: UnsafeMutableRawPointer?

    /// Nil where jemalloc does not serve `malloc`, or has no such hooks, or no free place for one (there are four).
    public init?() {
        guard Allocations.isActive else { return nil }
        tally = .allocate(capacity: 1)
        tally.initialize(to: Tally(thread: pthread_self()))
        var hooks = Hooks(
            allocated: { extra, _, _, _, _ in
                guard let tally = extra?.assumingMemoryBound(to: Tally.self), tally.pointee.thread == pthread_self()
                else { return }
                if tally.pointee.isCounting { tally.pointee.count += 1 }
            },
            extra: UnsafeMutableRawPointer(tally)
        )
        var size = MemoryLayout<UnsafeMutableRawPointer?>.size
        guard mallctl("experimental.hooks.install", &handle, &size, &hooks, MemoryLayout<Hooks>.size) == 0 else {
            handle = nil
            return nil
        }
        guard countsOne() else { return nil }
    }

    deinit {
        if handle != nil { mallctl("experimental.hooks.remove", nil, nil, &handle, MemoryLayout.size(ofValue: handle)) }
        tally.deallocate()
    }

    public var count: Int { tally.pointee.count }

    public var isCounting: Bool {
        get { tally.pointee.isCounting }
        set { tally.pointee.isCounting = newValue }
    }

    /// Whether one request counts as one: in a jemalloc whose hooks look otherwise it would not.
    private func countsOne() -> Bool {
        typealias Allocate = @convention(c) (Int) -> UnsafeMutableRawPointer?
        // Called through the address that the loader found: the optimizer knows `malloc` by name, and drops a pair of it
        // and `free` that nothing observes.
        guard let symbol = dlsym(nil, "malloc") else { return false }
        let allocate = unsafeBitCast(symbol, to: Allocate.self)
        isCounting = true
        let probe = allocate(64)
        isCounting = false
        free(probe)
        defer { tally.pointee.count = 0 }
        return count == 1
    }
}
