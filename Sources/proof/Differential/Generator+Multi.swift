import Randomness
import Wire

/// Several operations in one.
extension Generator {
    mutating func multi() -> Call {
        var fields: [Field] = []
        for _ in 0..<pick([0, 1, 2, 2, 3, 3, 4, 6]) { fields += part() }
        return Call(.multi, fields + Self.multiEnd)
    }

    mutating func multiRead() -> Call {
        var fields: [Field] = []
        for _ in 0..<pick([0, 1, 2, 3, 5]) {
            let op: OpCode = chance(1, in: 2) ? .getData : .getChildren
            fields += Self.header(op.rawValue)
            fields += [.text(pool.any(&random)), .byte(chance(1, in: 4) ? 1 : 0)]
        }
        return Call(.multiRead, fields + Self.multiEnd)
    }

    static let multiEnd: [Field] = [.int(-1), .byte(1), .int(-1)]

    static func header(_ type: Int32) -> [Field] { [.int(type), .byte(0), .int(-1)] }

    private mutating func part() -> [Field] {
        // Mostly of what may succeed, or no multi ever does.
        // A null path ends in an exception that blocks the client's server in a real ensemble.
        var path = chance(2, in: 3) ? pool.existing(&random) : pool.any(&random) ?? []
        if settings.isEnsemble, path == Array("/zookeeper/config".utf8) { path = [] }
        switch random.below(100) {
        case ..<30:
            let op: OpCode = pick([.create, .create, .create2, .createContainer, .createTTL])
            var fields = creating(op)
            if fields[0] == .text(nil) { fields[0] = .text([]) }
            return Self.header(op.rawValue) + fields
        case ..<50: return Self.header(OpCode.delete.rawValue) + deleting(path)
        case ..<75: return Self.header(OpCode.setData.rawValue) + settingData(path)
        default: return Self.header(OpCode.check.rawValue) + deleting(path)
        }
    }
}
