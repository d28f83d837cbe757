/// What a multi changed so far in the outstanding changes, to be taken back if one of its operations fails.
struct UndoJournal {
    enum Step {
        /// A path's record was made.
        case added(Int32)
        /// A path's record was like this.
        case changed(Int32, zxid: UInt64, standing: Standing, isListed: Bool)
        /// A node had this note.
        case noted(Int32, version: Int32, counter: UInt32, era: UInt32)
    }

    private(set) var isActive = false
    private(set) var steps: [Step] = []
    /// How long the queue was before.
    private(set) var queueCount = 0

    mutating func begin(queueCount: Int) {
        isActive = true
        self.queueCount = queueCount
    }

    mutating func append(_ step: Step) { steps.append(step) }

    mutating func end() {
        isActive = false
        steps.removeAll(keepingCapacity: true)
    }
}
