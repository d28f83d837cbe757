/// A growing table of plain values addressed by slot number, with the free slots chained.
///
/// A freed slot keeps its contents until it is overwritten, so what a slot owns (a buffer) can be used again. The owner
/// calls `deallocate`.
struct Slots<Element: BitwiseCopyable> {
    private var elements: UnsafeMutablePointer<Element>
    private var links: UnsafeMutablePointer<Int32>
    private var capacity: Int
    private var firstFree: Int32 = -1
    /// One more than the highest slot ever used.
    private(set) var highWater: Int32 = 0
    private(set) var live = 0

    init(capacity: Int = 4) {
        self.capacity = capacity
        elements = .allocate(capacity: capacity)
        links = .allocate(capacity: capacity)
    }

    func deallocate() {
        elements.deallocate()
        links.deallocate()
    }

    /// Valid until the next `take`.
    @inline(__always)
    subscript(_ slot: Int32) -> UnsafeMutablePointer<Element> { elements + Int(slot) }

    /// A slot to use. One that was never used before is set to `initial`; a used one is as it was left.
    mutating func take(initial: Element) -> Int32 {
        live += 1
        if firstFree >= 0 {
            let slot = firstFree
            firstFree = links[Int(slot)]
            return slot
        }
        if Int(highWater) == capacity { grow() }
        let slot = highWater
        elements[Int(slot)] = initial
        highWater += 1
        return slot
    }

    mutating func free(_ slot: Int32) {
        links[Int(slot)] = firstFree
        firstFree = slot
        live -= 1
    }

    private mutating func grow() {
        let larger = capacity * 2
        let moved = UnsafeMutablePointer<Element>.allocate(capacity: larger)
        moved.update(from: elements, count: capacity)
        elements.deallocate()
        elements = moved
        let movedLinks = UnsafeMutablePointer<Int32>.allocate(capacity: larger)
        movedLinks.update(from: links, count: capacity)
        links.deallocate()
        links = movedLinks
        capacity = larger
    }
}
