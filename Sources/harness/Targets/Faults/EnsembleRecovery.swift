/// Whether an ensemble is whole again after a fault, by what its servers say: one leads, all others serve, and all have
/// applied what the most had when that was so first.
struct EnsembleRecovery {
    /// What all are to have applied.
    private var target: UInt64?
    /// Since when each server has served without a break, as far as it was asked; CLOCK_MONOTONIC.
    private(set) var servingSince: [Int: UInt64] = [:]

    /// - Parameters:
    ///   - standings: of all servers.
    ///   - now: when they had answered.
    /// - Returns: whether all is well.
    mutating func isWhole(_ standings: [ServerStanding], at now: UInt64) -> Bool {
        let leaders = standings.count { $0.report?.isLeading == true }
        for standing in standings {
            // Who was cut off or stopped may still believe that it leads.
            let isDoubtful = leaders > 1 && standing.report?.isLeading == true
            if standing.report?.isServing == true, !isDoubtful {
                servingSince[standing.id] = servingSince[standing.id] ?? now
            } else {
                servingSince[standing.id] = nil
            }
        }
        guard leaders == 1, standings.allSatisfy({ $0.report?.isServing == true }) else { return false }
        let applied = standings.compactMap(\.applied)
        guard applied.count == standings.count, let most = applied.max(), let least = applied.min() else {
            return false
        }
        guard let wanted = target else {
            target = most
            return least == most
        }
        return least >= wanted
    }
}
