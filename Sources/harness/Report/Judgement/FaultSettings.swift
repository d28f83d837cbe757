/// What tells the settings of faults apart: `3 servers, light, 1,000 znodes`.
struct FaultSettings {
    private let hasPoints: Bool
    private let hasStates: Bool
    private let hasDataSizes: Bool
    private let hasSystems: Bool
    private let hasStrategies: Bool
    private let hasLinks: Bool
    private let hasObservers: Bool

    init(_ keys: [ElectionSummary.Key]) {
        hasPoints = Set(keys.map(\.point)).count > 1
        hasStates = Set(keys.map(\.znodes)).count > 1
        hasDataSizes = Set(keys.map(\.dataBytes)).count > 1
        hasSystems = Set(keys.map(\.system)).count > 1
        hasStrategies = Set(keys.map(\.fsyncStrategy)).count > 1
        hasObservers = Set(keys.map(\.observers)).count > 1
        hasLinks = Set(keys.map(\.isProxied)).count > 1
    }

    func name(_ key: ElectionSummary.Key) -> String {
        var words = hasSystems ? [key.system] : []
        words.append("\(key.ensembleSize) \(key.ensembleSize == 1 ? "server" : "servers")")
        if hasObservers { words.append(Count(key.observers, "observer").description) }
        if hasPoints { words.append(key.point) }
        if hasStates || hasDataSizes {
            let size = hasDataSizes ? " of \(key.dataBytes) B" : ""
            words.append("\(ConsoleTable.grouped(Double(key.znodes))) znodes\(size)")
        }
        if hasStrategies { words.append(key.fsyncStrategy) }
        if hasLinks { words.append(key.isProxied ? "servers proxied" : "servers direct") }
        return words.filter { !$0.isEmpty }.joined(separator: ", ")
    }
}
