import Synchronization

/// A bounded queue from exactly one thread to exactly one other, without a lock and without allocation.
///
/// Each side has a cache line of its own, with its position and the last that it saw of the other's: so in steady use
/// neither line travels more than once per batch. Positions only grow (they do not wrap within the life of a machine);
/// a slot is the position modulo the capacity. Publishing releases, observing acquires, so an element is wholly
/// written before it is seen, and wholly taken before its slot is written again.
///
/// A `Doorbell` wakes the consumer; the ring itself never sleeps.
public final class Ring<Element>: @unchecked Sendable {
    public let capacity: Int
    @usableFromInline let mask: Int
    @usableFromInline let slots: UnsafeMutablePointer<Element>

    /// Two cells, each alone on two cache lines (adjacent lines are fetched in pairs).
    @usableFromInline let cells: UnsafeMutableRawPointer
    /// Written by the producer: how many elements were pushed.
    @usableFromInline let pushed: UnsafeMutablePointer<Atomic<Int>>
    /// The producer's: what it last saw of `taken`.
    @usableFromInline let takenSeen: UnsafeMutablePointer<Int>
    /// Written by the consumer: how many elements were taken.
    @usableFromInline let taken: UnsafeMutablePointer<Atomic<Int>>
    /// The consumer's: what it last saw of `pushed`.
    @usableFromInline let pushedSeen: UnsafeMutablePointer<Int>

    private static var cellSize: Int { 128 }

    /// - Parameter capacity: a power of two.
    public init(capacity: Int) {
        precondition(capacity > 0 && capacity & (capacity - 1) == 0, "a ring's capacity is a power of two")
        self.capacity = capacity
        mask = capacity - 1
        slots = .allocate(capacity: capacity)
        cells = .allocate(byteCount: 2 * Self.cellSize, alignment: Self.cellSize)
        pushed = cells.bindMemory(to: Atomic<Int>.self, capacity: 1)
        takenSeen = (cells + 8).bindMemory(to: Int.self, capacity: 1)
        taken = (cells + Self.cellSize).bindMemory(to: Atomic<Int>.self, capacity: 1)
        pushedSeen = (cells + Self.cellSize + 8).bindMemory(to: Int.self, capacity: 1)
        pushed.initialize(to: Atomic(0))
        takenSeen.initialize(to: 0)
        taken.initialize(to: Atomic(0))
        pushedSeen.initialize(to: 0)
    }

    deinit {
        let first = taken.pointee.load(ordering: .acquiring)
        let end = pushed.pointee.load(ordering: .acquiring)
        for position in first..<end { (slots + (position & mask)).deinitialize(count: 1) }
        pushed.deinitialize(count: 1)
        taken.deinitialize(count: 1)
        cells.deallocate()
        slots.deallocate()
    }

    /// Adds an element; false, and nothing happens, if the ring is full. The producer's thread only.
    @inlinable
    public func push(_ element: consuming Element) -> Bool {
        let position = pushed.pointee.load(ordering: .relaxed)
        if position &- takenSeen.pointee == capacity {
            takenSeen.pointee = taken.pointee.load(ordering: .acquiring)
            if position &- takenSeen.pointee == capacity { return false }
        }
        (slots + (position & mask)).initialize(to: element)
        // Sequentially consistent for the doorbell: whoever goes to sleep must see this, or be seen asleep.
        pushed.pointee.store(position &+ 1, ordering: .sequentiallyConsistent)
        return true
    }

    /// Takes the oldest element; nil if there is none. The consumer's thread only.
    @inlinable
    public func pop() -> Element? {
        let position = taken.pointee.load(ordering: .relaxed)
        if position == pushedSeen.pointee {
            pushedSeen.pointee = pushed.pointee.load(ordering: .sequentiallyConsistent)
            if position == pushedSeen.pointee { return nil }
        }
        let element = (slots + (position & mask)).move()
        taken.pointee.store(position &+ 1, ordering: .releasing)
        return element
    }

    /// How many elements wait: exact on the consumer's thread if the producer rests, and a bound otherwise.
    @inlinable
    public var count: Int {
        let first = taken.pointee.load(ordering: .acquiring)
        return pushed.pointee.load(ordering: .sequentiallyConsistent) &- first
    }

    @inlinable public var isEmpty: Bool { count == 0 }
}
