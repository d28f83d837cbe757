/// When a group of records counts as durable, and how the file is laid out for that.
public struct SyncStrategy: Hashable, Sendable {
    public let method: SyncMethod
    public let allocation: SegmentAllocation

    /// - Throws: `StrategyError`: why the combination makes no sense.
    public init(_ method: SyncMethod, _ allocation: SegmentAllocation) throws(StrategyError) {
        if let objection = Self.objection(method, allocation) {
            throw StrategyError("\(method.label)_\(allocation.rawValue) makes no sense: \(objection)")
        }
        self.init(checked: method, allocation)
    }

    private init(checked method: SyncMethod, _ allocation: SegmentAllocation) {
        self.method = method
        self.allocation = allocation
    }

    /// Segments written in full before their use, and used again, so that fdatasync has no metadata to journal.
    public static let recycledFdatasync = SyncStrategy(checked: .fdatasync, .recycled)

    /// Every combination that makes sense, methods in their order.
    public static func all(periodicMilliseconds: Int = SyncMethod.periodicDefault) -> [SyncStrategy] {
        SyncMethod.all(periodicMilliseconds: periodicMilliseconds).flatMap { method in
            SegmentAllocation.allCases.compactMap { try? SyncStrategy(method, $0) }
        }
    }

    /// `<method>_<allocation>`: what zoo.cfg, workload files and `summary.csv` call it.
    public var label: String { "\(method.label)_\(allocation.rawValue)" }

    /// - Throws: `StrategyError`: what is not known, with what is, or why the combination makes no sense.
    public init(label: String) throws(StrategyError) {
        guard let cut = label.lastIndex(of: "_"),
            let allocation = SegmentAllocation(rawValue: String(label[label.index(after: cut)...])),
            let method = SyncMethod(label: label[..<cut])
        else {
            throw StrategyError(
                "\"\(label)\" is not <method>_<allocation>, with a method of "
                    + SyncMethod.all().map(\.label).joined(separator: ", ")
                    + " (any periodic_<N>ms) and an allocation of "
                    + SegmentAllocation.allCases.map(\.rawValue).joined(separator: ", ")
            )
        }
        try self.init(method, allocation)
    }

    private static func objection(_ method: SyncMethod, _ allocation: SegmentAllocation) -> String? {
        switch (method, allocation) {
        case (.none, .fallocate), (.none, .prewritten):
            "prepared blocks make syncs cheaper, and there are no syncs; use none_append or none_recycled"
        case (.syncFileRange, .append):
            "sync_file_range does not sync the file's size, so appended data could not be found again even "
                + "if the device kept it; use sync_file_range_prewritten or sync_file_range_recycled"
        case (.syncFileRange, .fallocate):
            "sync_file_range does not sync that a block is no longer unwritten, so it would read as zeros even if the "
                + "device kept it; use sync_file_range_prewritten or sync_file_range_recycled"
        default: nil
        }
    }
}

/// A strategy, a batch policy or a combination of them that cannot be: one line that says why and what can.
public struct StrategyError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
