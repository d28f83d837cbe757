import Report
import Results
import Workload

extension FaultBinRow {
    /// Shown before a fault and after its outage, and after its repair has begun.
    static let marginSeconds = 2.0

    /// One for each tenth of a second around each fault, in the order of time. No bin is of two faults: a fault's last bin is
    /// the one before the next fault's first, which is at most `marginSeconds` before that fault.
    static func rows(of result: LoadResult, around faults: [ElectionRow]) -> [FaultBinRow] {
        let start = result.startedAtUnixNanoseconds - Int64(result.plan.warmUpSeconds * 1e9)
        let stretches = stretches(faults)
        return faults.indices.flatMap { index in
            let (fault, stretch) = (faults[index], stretches[index])
            return result.bins.filter { stretch.contains($0.elapsedSeconds) }.map { bin in
                var row = FaultBinRow(tag: fault.tag, faultNumber: fault.fault.number, kind: fault.fault.kind)
                let length = max(bin.lengthSeconds, 1e-9)
                row.time = Timestamp(unixNanoseconds: start + Int64((bin.elapsedSeconds * 1e9).rounded()))
                row.elapsedSeconds = bin.elapsedSeconds
                row.sinceFaultSeconds = bin.elapsedSeconds - (fault.fault.elapsedSeconds ?? 0)
                row.lengthSeconds = bin.lengthSeconds
                row.offeredPerSecond = Double(bin.offered) / length
                row.achievedPerSecond = Double(bin.completed) / length
                row.errors = bin.errors
                row.responseP50Microseconds = bin.responseP50Nanoseconds.map { Double($0) / 1000 }
                row.responseP99Microseconds = bin.responseP99Nanoseconds.map { Double($0) / 1000 }
                row.responseMaxMicroseconds = bin.responseMaxNanoseconds.map { Double($0) / 1000 }
                row.sessionsConnected = bin.sessionsConnected
                return row
            }
        }
    }

    /// The ends of each fault's bins lie in these, by the load's clock; empty for a fault of which the moment is not known.
    private static func stretches(_ faults: [ElectionRow]) -> [Range<Double>] {
        var last = -Double.infinity
        return faults.indices.map { index in
            guard let moment = faults[index].fault.elapsedSeconds else { return 0..<0 }
            let (clients, reign) = (faults[index].clients, faults[index].reign)
            let over = max(clients.outageEnd ?? 0, reign.repairBegun ?? 0, 0) / 1000
            let next = index + 1 < faults.count ? faults[index + 1].fault.elapsedSeconds : nil
            let from = max(moment - marginSeconds, last)
            let to = min(moment + over + marginSeconds, max(next ?? .infinity, moment))
            last = to
            return from..<max(from, to)
        }
    }
}
