/// The znodes that one session has created and deleted in the load, by number: exactly what must exist afterwards.
///
/// A byte per znode; the memory doubles as the load goes on, which is the only allocation.
final class CreatedNodes {
    enum Outcome: UInt8 {
        /// Not sent.
        case none = 0
        /// Sent; without an answer at the end, or its connection lost.
        case unknown = 1
        case acknowledged = 2
        /// Answered with an error that says that nothing was done.
        case refused = 3
    }

    private var states: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    /// How many creates were sent.
    private(set) var count = 0
    private var nextToDelete = 0

    init() {
        capacity = 64
        states = .allocate(capacity: capacity)
    }

    deinit { states.deallocate() }

    /// The number of the znode that is about to be created.
    func willCreate() -> UInt32 {
        if count == capacity {
            let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity * 2)
            larger.update(from: states, count: count)
            states.deallocate()
            states = larger
            capacity *= 2
        }
        states[count] = Outcome.unknown.rawValue
        count += 1
        return UInt32(count - 1)
    }

    /// The number of the oldest znode that is known to exist and was not deleted yet, now about to be; nil if there is
    /// none.
    func willDelete() -> UInt32? {
        while nextToDelete < count {
            switch created(nextToDelete) {
            case .acknowledged:
                states[nextToDelete] |= Outcome.unknown.rawValue << 4
                nextToDelete += 1
                return UInt32(nextToDelete - 1)
            case .refused: nextToDelete += 1
            case .unknown, .none:
                // Answers come in order: what is still unknown is in flight, or was lost and stays unknown.
                guard isLost(nextToDelete) else { return nil }
                nextToDelete += 1
            }
        }
        return nil
    }

    func created(_ number: Int) -> Outcome { Outcome(rawValue: states[number] & 3)! }
    func deleted(_ number: Int) -> Outcome { Outcome(rawValue: states[number] >> 4 & 3)! }
    private func isLost(_ number: Int) -> Bool { states[number] & 4 != 0 }

    func didCreate(_ number: UInt32, _ outcome: Outcome) {
        states[Int(number)] = states[Int(number)] & ~3 | outcome.rawValue
    }

    func didDelete(_ number: UInt32, _ outcome: Outcome) {
        states[Int(number)] = states[Int(number)] & ~0x30 | outcome.rawValue << 4
    }

    /// The create's connection broke before its answer.
    func lostCreate(_ number: UInt32) { states[Int(number)] |= 4 }
}
