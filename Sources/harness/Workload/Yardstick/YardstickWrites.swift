import CYardstick

/// What a load has written to a yardstick. Its writes are numbered, and each can be made again from its number, so two
/// numbers are the whole ledger.
public struct YardstickWrites: Sendable, Hashable {
    /// Of what the writes consist.
    public var shape: YardstickShape
    /// The last write that was acknowledged, and with it all before.
    public var acknowledged: UInt64
    /// The last write that was sent.
    public var sent: UInt64
    /// Answers that were not the next one's.
    public var reordered: Int
}

/// What a yardstick's servers, its client and its proof must know alike.
public struct YardstickShape: Sendable, Hashable {
    public var payloadBytes: Int
    public var keys: Int
    public var seed: UInt64

    public init(payloadBytes: Int, keys: Int, seed: UInt64) {
        self.payloadBytes = payloadBytes
        self.keys = keys
        self.seed = seed
    }

    public init(_ plan: LoadPlan) {
        self.init(payloadBytes: plan.payloadBytes, keys: plan.keys, seed: plan.seed)
    }

    /// Of one server's log, which is written once before the load.
    public var logBytes: Int { Int(yardstick_log_records(inC)) * yardstick_record_bytes(UInt32(payloadBytes)) }

    package var inC: yardstick_shape {
        yardstick_shape(payload_bytes: UInt32(payloadBytes), keys: UInt32(keys), seed: seed)
    }
}
