import CJemalloc
import Glibc
import Synchronization

/// Counts every request for memory (malloc, calloc, realloc and their kin) that the thread which made it asks jemalloc
/// for, while it is told to count: exactly, and whatever other threads do.
///
/// While it counts, the thread's requests go to an arena of the counter's own, past the thread's cache; how many that arena
/// has served is the count (jemalloc(3): `arenas.create`, `thread.arena`, `thread.tcache.enabled`, `stats.arenas`). The
/// cache has to be out of the way: a count lags by what a cache has not handed over, and handing over costs too much to do
/// at each end of a stretch of code. It stays so for the counter's life, which makes the thread's allocations slow: the
/// counter has no place where time is measured.
///
/// jemalloc's hooks (`experimental.hooks`) would be shorter, but their installation marks all threads, and a thread that
/// ends before its next request leaves its place in a list of 5.3.0's behind: some later thread crashes on it.
public final class AllocationCounter {
    private let thread = pthread_self()
    private let arena: UInt32
    /// The thread's arena while it does not count, and while it does. In memory of its own, as the place in jemalloc's
    /// names is: a switch may ask for nothing.
    private let arenas: UnsafeMutableBufferPointer<UInt32>
    private let threadArena: UnsafeMutableBufferPointer<Int>
    private let hadCache: Bool
    /// What the arena had served for counters before.
    private let served: UInt64
    /// What `countsOne` tried.
    private var probes: UInt64 = 0

    /// Arenas that no counter holds. None is ever destroyed, since what was asked for may outlive the counter.
    private static let idleArenas = Mutex<[UInt32]>([])

    /// Of the calling thread, which alone may use it and let go of it. Nil where jemalloc does not serve `malloc`, or
    /// gives a thread no arena of its own (`percpu_arena`), or does not count.
    public init?() {
        guard Allocations.isActive, let home: UInt32 = Allocations.read("thread.arena"),
            let hadCache: Bool = Allocations.read("thread.tcache.enabled"),
            let arena = Self.idleArenas.withLock({ $0.popLast() }) ?? Allocations.read("arenas.create"),
            let served = Allocations.count(arena: arena)
        else { return nil }
        self.arena = arena
        arenas = .allocate(capacity: 2)
        _ = arenas.initialize(from: [home, arena])
        threadArena = .allocate(capacity: 2)
        var parts = 2
        mallctlnametomib("thread.arena", threadArena.baseAddress, &parts)
        self.hadCache = hadCache
        self.served = served
        isCounting = false
        guard !hadCache || Allocations.write(false, to: "thread.tcache.enabled"), countsOne() else { return nil }
    }

    deinit {
        isCounting = false
        if hadCache { Allocations.write(true, to: "thread.tcache.enabled") }
        arenas.deallocate()
        threadArena.deallocate()
        Self.idleArenas.withLock { $0.append(arena) }
    }

    /// Costs a merge of all arenas' statistics (tens of microseconds).
    public var count: Int { Int((Allocations.count(arena: arena) ?? 0) &- served &- probes) }

    public var isCounting: Bool {
        didSet {
            precondition(pthread_equal(thread, pthread_self()) != 0, "an allocation counter is its own thread's")
            if isCounting != oldValue { moveThread() }
        }
    }

    private func moveThread() {
        let target = arenas.baseAddress! + (isCounting ? 1 : 0)
        mallctlbymib(threadArena.baseAddress, threadArena.count, nil, nil, target, MemoryLayout<UInt32>.size)
    }

    /// Whether one request counts as one: in an allocator that keeps its statistics otherwise it would not.
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
        let counted = count
        probes = UInt64(counted)
        return counted == 1
    }
}
