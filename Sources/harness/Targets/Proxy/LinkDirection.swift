import NIOCore
import Synchronization
import Workload

/// What one server says to another, over all connections between them, whoever dialled. Confined to the proxy's event
/// loop but for `isCut`.
final class LinkDirection: @unchecked Sendable {
    /// Set by whoever cuts, and obeyed from the next read on.
    private let cutFlag = Atomic<Bool>(false)
    let delay: TimeAmount
    private let nanosecondsPerByte: Double
    /// Bytes of one connection that may be under way in the proxy before it stops reading from the sender.
    let heldBytesMax: Int
    /// What is read at a time: with a limited bandwidth a millisecond's worth, since a read arrives as one.
    let readBytes: Int
    /// When the last bit of what was taken so far has left.
    private var nextFree = NIODeadline.uptimeNanoseconds(0)
    private var flows: [ObjectIdentifier: LinkFlow] = [:]

    /// Bytes under way of one connection where nothing limits the bandwidth.
    static let heldBytesLimit = 16 << 20
    /// What a bottleneck has in its queue beside what is on the wire: as a switch's port has.
    static let queueBytes = 256 << 10

    init(_ condition: LinkCondition) {
        delay = .microseconds(Int64(condition.delayMicroseconds))
        if let rate = condition.megabitsPerSecond {
            nanosecondsPerByte = 8000 / rate
            let onTheWire = Double(condition.delayMicroseconds) * rate / 8
            heldBytesMax = min(Self.heldBytesLimit, Int(onTheWire) + Self.queueBytes)
            readBytes = min(64 << 10, max(1500, Int(rate * 1000 / 8)))
        } else {
            nanosecondsPerByte = 0
            heldBytesMax = Self.heldBytesLimit
            readBytes = 64 << 10
        }
    }

    var isCut: Bool {
        get { cutFlag.load(ordering: .acquiring) }
        set { cutFlag.store(newValue, ordering: .releasing) }
    }

    /// Whether bytes pass as they come while nothing is cut.
    var isPlain: Bool { delay == .zero && nanosecondsPerByte == 0 }
    var isLimited: Bool { nanosecondsPerByte > 0 }

    /// When bytes that are read now arrive: after those before them have left, themselves, and the delay.
    func due(bytes: Int, notBefore: NIODeadline) -> NIODeadline {
        var left = max(NIODeadline.now(), notBefore)
        if nanosecondsPerByte > 0 {
            left = max(left, nextFree) + .nanoseconds(Int64((Double(bytes) * nanosecondsPerByte).rounded(.up)))
            nextFree = left
        }
        return left + delay
    }

    func add(_ flow: LinkFlow) { flows[ObjectIdentifier(flow)] = flow }
    func forget(_ flow: LinkFlow) { flows[ObjectIdentifier(flow)] = nil }

    /// After a heal.
    func goOn() {
        for flow in Array(flows.values) { flow.deliver() }
    }
}
