import Glibc
import Report
import Results
import Targets
import Workload

extension ElectionRow {
    /// The fault alone: nothing counts that was measured in a run that lost an acknowledged write.
    var withoutFigures: ElectionRow {
        var row = ElectionRow(tag: tag, time: time)
        row.fault = fault
        row.why = RunValidity.violation
        return row
    }
}

/// Rows of elections.csv from what was seen of the faults and what the load measured meanwhile.
enum ElectionRows {
    static func rows(
        _ faults: [FaultObservation],
        result: LoadResult,
        planned: PlannedRun,
        tag: RunTag
    ) -> [ElectionRow] {
        let anatomies = faults.map { FaultAnatomy($0, moments: result.writeMoments) }
        let owed = result.plannedWrites(
            in: anatomies.map { anatomy in
                anatomy.outage.map { ($0.from, $0.to) } ?? (0, 0)
            }
        )
        return faults.indices.map { index in
            let end = index + 1 < faults.count ? faults[index + 1].at : UInt64.max
            var row = row(faults[index], anatomies[index], until: end, result: result, planned: planned, tag: tag)
            if row.clients.outage != nil { row.clients.writesOwed = owed?[index] }
            return row
        }
    }

    /// - Parameter end: when the next fault was made.
    private static func row(
        _ fault: FaultObservation,
        _ anatomy: FaultAnatomy,
        until end: UInt64,
        result: LoadResult,
        planned: PlannedRun,
        tag: RunTag
    ) -> ElectionRow {
        let unix = result.startedAtUnixNanoseconds
        let offset = Int64(clamping: fault.at) - Int64(clamping: result.startedAtMonotonicNanoseconds)
        var row = ElectionRow(tag: tag, time: Timestamp(unixNanoseconds: unix + offset))
        row.fault.number = fault.number
        row.fault.kind = fault.kind.rawValue
        row.fault.point = planned.loadName
        row.fault.znodes = planned.faults?.state.znodes ?? 0
        row.fault.dataBytes = planned.faults?.state.dataBytes ?? 0
        row.fault.isProxied = planned.ensemble.links.isProxied
        row.fault.observers = planned.ensemble.observers
        row.fault.sessions = result.plan.clients
        row.fault.offeredPerSecond = result.plan.mode.ratePerSecond
        row.phases = anatomy.phases.map(phases)
        row.why = anatomy.why
        row.clients = clients(fault, until: end, result: result)
        row.clients.outage = anatomy.outage.map { milliseconds($0.nanoseconds) }
        row.reign.rounds = fault.hasJournals ? anatomy.rounds : nil
        row.reign.leaderBefore = fault.leaderBefore
        row.reign.leaderAfter = anatomy.leaderAfter
        // 0 stands for answers without epochs.
        row.reign.epochBefore = anatomy.epochBefore > 0 ? anatomy.epochBefore : nil
        row.reign.epochAfter = anatomy.epochAfter
        row.reign.zxid = anatomy.zxid.map { "0x" + String($0, radix: 16) }
        row.reign.oldLeaderBack = anatomy.oldLeaderBack.map(milliseconds)
        row.reign.serversBack = anatomy.serversBack.map(milliseconds)
        row.reign.backBy = anatomy.backBy
        func sinceFault(_ moment: UInt64) -> Double { Double(Int64(bitPattern: moment &- fault.at)) / 1e6 }
        row.fault.elapsedSeconds =
            Double(Int64(bitPattern: fault.at &- result.loadStartedAtMonotonicNanoseconds)) / 1e9
        row.clients.outageBegin = anatomy.outage.map { sinceFault($0.from) }
        row.clients.outageEnd = anatomy.outage.map { sinceFault($0.to) }
        row.reign.repairBegun = sinceFault(fault.repairedAt)
        return row
    }

    private static func phases(_ phases: FaultAnatomy.Phases) -> ElectionRow.Phases {
        var row = ElectionRow.Phases()
        row.lead = milliseconds(phases.lead)
        row.detection = milliseconds(phases.detection)
        row.failedRounds = milliseconds(phases.failedRounds)
        row.vote = milliseconds(phases.vote)
        row.synchronization = milliseconds(phases.synchronization)
        row.firstCommit = milliseconds(phases.firstCommit)
        return row
    }

    private static func clients(
        _ fault: FaultObservation,
        until end: UInt64,
        result: LoadResult
    ) -> ElectionRow.Clients {
        let span = fault.at..<max(end, fault.at)
        let outages = result.outages.filter { span.contains($0.lostAtNanoseconds) }
        let lengths = outages.filter { $0.lastAnswerNanoseconds > 0 && $0.firstAnswerNanoseconds > 0 }
            .map { milliseconds($0.firstAnswerNanoseconds - $0.lastAnswerNanoseconds) }.sorted()
        var clients = ElectionRow.Clients()
        clients.writesFailedOrAmbiguous =
            outages.reduce(0) { $0 + $1.ambiguous } + result.refusedWrites.count(where: span.contains)
        clients.sessionsMoved =
            Set(outages.filter { $0.sameSession && $0.firstAnswerNanoseconds > 0 }.map(\.session)).count
        clients.sessionsExpired = Set(outages.filter { !$0.sameSession }.map(\.session)).count
        clients.sessionOutageP50 = lengths.isEmpty ? nil : lengths[(lengths.count - 1) / 2]
        clients.sessionOutageMax = lengths.last
        clients.watchesPlaced = fault.watchesPlaced
        clients.watchesKept = fault.watchesKept
        return clients
    }

    private static func milliseconds(_ nanoseconds: some BinaryInteger) -> Double { Double(nanoseconds) / 1e6 }
}
