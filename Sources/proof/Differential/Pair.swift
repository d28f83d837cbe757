/// The two servers, or ensembles, that are asked the same.
public enum Side: Int, CaseIterable, Sendable {
    /// Apache ZooKeeper, which is right.
    case apache
    case ours
}

/// What there is of something on each side.
public struct Pair<Value> {
    public var apache: Value
    public var ours: Value

    public init(apache: Value, ours: Value) {
        self.apache = apache
        self.ours = ours
    }

    init(_ make: (Side) throws -> Value) rethrows {
        apache = try make(.apache)
        ours = try make(.ours)
    }

    subscript(_ side: Side) -> Value {
        get { side == .apache ? apache : ours }
        set { if side == .apache { apache = newValue } else { ours = newValue } }
    }
}

extension Pair: Sendable where Value: Sendable {}
extension Pair: Equatable where Value: Equatable {}
