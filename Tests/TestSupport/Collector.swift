import Synchronization

/// What callbacks on any thread have said, in the order in which it came.
public final class Collector<Element: Sendable>: Sendable {
    private let list = Mutex<[Element]>([])

    public init() {}

    public func add(_ element: Element) { list.withLock { $0.append(element) } }
    public var all: [Element] { list.withLock { $0 } }
}
