/// What a line of a recording asks for.
public enum RecordedKind: UInt8, Sendable, Hashable, CaseIterable {
    case set, get, exists, create, delete

    /// As the column `operation` has it.
    public var name: String { "\(self)" }

    public init?(name: some StringProtocol) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}

/// One operation of a recording, in 16 bytes: there may be millions.
struct RecordedOperation: Sendable, Hashable {
    /// Nanoseconds from the start of the recording, as it is played.
    var at: UInt64
    /// The znode that stands for its path.
    var key: UInt32
    /// The kind in the highest eight bits, the bytes in the others.
    private var detail: UInt32

    init(at: UInt64, key: UInt32, kind: RecordedKind, bytes: Int) {
        self.at = at
        self.key = key
        detail = UInt32(kind.rawValue) << 24 | UInt32(bytes)
    }

    var kind: RecordedKind { RecordedKind(rawValue: UInt8(detail >> 24))! }
    /// Of the data that it writes, or has read.
    var bytes: Int { Int(detail & 0xff_ffff) }
}
