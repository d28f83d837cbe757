import Log
import Wire
import Zab

/// The properties of Zab (DSN'11, section 3), checked at every event by somebody who sees all servers at once.
///
/// - *Integrity*: what a server logs or delivers was broadcast by a primary.
/// - *Total order* and *agreement*: there is one sequence of committed transactions; what a server delivers is always
///   the next of it, and no transaction of it ever changes.
/// - *Local and global primary order*: that sequence has the transactions of each primary in the order of their
///   broadcast, without a gap, and epoch after epoch.
/// - *Primary integrity*: a primary that begins to broadcast has delivered everything that was committed before.
/// - At most one established leader an epoch, made one by a quorum that has the epoch on its disks, and with a weight of
///   its own; who serves does so under such a leader.
/// - No counter passes the epoch's last, but by the batch in which it is reached.
/// - *Durability*: at its commit, a transaction is on the platters of a quorum of voters; what a server acknowledged is
///   found on its disk after a crash; nothing is found there that was not written.
/// - Replicas that have applied the same transaction have the same digest.
///
/// A transaction is known by its zxid and by its checksum, which continues from that of the one before it: so equal
/// positions mean equal histories.
final class ZabChecker {
    struct Broadcast {
        var position: LogPosition
        var previous: LogPosition
        var payload: [UInt8]
        var primary: Int
        var at: Nanoseconds
        var digest: UInt64?
    }

    struct Ledger {
        /// Where `log` begins: the place of the snapshot that the server was given.
        var base = LogPosition.zero
        var log: [LogPosition] = []
        /// How many of `log` are on the platter.
        var durableCount = 0
        /// Everything up to here was said to be durable, to the server itself or to its leader.
        var promised = Zxid.zero
        var applied = LogPosition.zero
        /// The end of the history that the last NEWLEADER named.
        var historyEnd = Zxid.zero
        /// The newest epoch that the server has ever taken for its own, durably.
        var newestEpoch: Epoch = 0
        /// A snapshot that is being installed: after a crash it may be there or not.
        var installing: LogPosition?

        var last: LogPosition { log.last ?? base }

        /// The number of entries up to and including `zxid`.
        func count(through zxid: Zxid) -> Int {
            var low = 0
            var high = log.count
            while low < high {
                let middle = (low + high) / 2
                if log[middle].zxid <= zxid { low = middle + 1 } else { high = middle }
            }
            return low
        }

        func holdsDurably(_ position: LogPosition) -> Bool {
            if position.zxid <= base.zxid { return true }
            let count = count(through: position.zxid)
            return count > 0 && count <= durableCount && log[count - 1] == position
        }
    }

    private let electorate: Electorate
    private let voters: [Int]
    /// No batch begins above this counter.
    private let lastCounters: UInt32
    /// False where histories are lost on purpose: then it only keeps the books, and finds nothing.
    private let isJudging: Bool
    @exclusivity(unchecked) private(set) var ledgers: [Ledger]
    /// What servers had whose data were taken from them, once or more: an acknowledgement of that may still be under way, and
    /// counts.
    @exclusivity(unchecked) private var taken: [Int: [Ledger]] = [:]
    @exclusivity(unchecked) private(set) var broadcasts: [Broadcast] = []
    @exclusivity(unchecked) private var places: [LogPosition: Int] = [:]
    /// Places in `broadcasts`, in the order of their commit.
    @exclusivity(unchecked) private(set) var committed: [Int] = []
    @exclusivity(unchecked) private var committedPlaces: [Zxid: Int] = [:]
    private var established: [Epoch: (server: Int, life: Int)] = [:]
    @exclusivity(unchecked) private(set) var violation: Violation?
    /// How often a property was checked.
    @exclusivity(unchecked) private(set) var checks = 0

    init(servers: Int, electorate: Electorate, lastCounters: UInt32 = .max, isJudging: Bool = true) {
        self.electorate = electorate
        voters = electorate.groups.joined().map(\.voter).sorted()
        self.lastCounters = lastCounters
        self.isJudging = isJudging
        ledgers = Array(repeating: Ledger(), count: servers)
    }

    var lastCommitted: LogPosition { committed.last.map { broadcasts[$0].position } ?? .zero }

    private func expect(_ property: Violation.Kind, _ holds: Bool, _ text: @autoclosure () -> String) {
        guard isJudging else { return }
        checks += 1
        if !holds, violation == nil { violation = Violation(kind: property, text: text()) }
    }

    // MARK: the log

    /// Server `server` has logged these records: as the primary that makes them, if the epoch is its own and nobody has
    /// seen them before, else as a learner.
    func logged(_ server: Int, life: Int, _ batch: RecordBatch, at time: Nanoseconds) {
        let owner = established[batch.first.epoch]
        let isPrimary = owner?.server == server && owner?.life == life
        var previous = ledgers[server].last
        expect(
            .integrity,
            previous.chain == batch.chainBefore,
            "server \(server + 1) logs \(batch.first) after \(previous.zxid), but it was made after another history"
        )
        expect(
            .counters,
            batch.first.counter <= lastCounters || !isPrimary,
            "server \(server + 1) proposes \(batch.first), but no batch may begin above counter \(lastCounters)"
        )
        var offset = 0
        while offset < batch.bytes.count {
            let record = UnsafeRawBufferPointer(rebasing: batch.bytes[offset...])
            let header = RecordHeader(at: record)!
            offset += header.recordCount
            let position = LogPosition(zxid: header.zxid, chain: header.checksum)
            expect(
                .localPrimaryOrder,
                previous.zxid.mayBeFollowed(by: header.zxid),
                "server \(server + 1) logs \(header.zxid) right after \(previous.zxid): a gap"
            )
            if isPrimary, places[position] == nil {
                broadcast(position, after: previous, record, header, by: server, at: time)
            } else {
                expect(
                    .integrity,
                    places[position] != nil,
                    "server \(server + 1) logs \(header.zxid), which no primary broadcast with this content"
                )
            }
            ledgers[server].log.append(position)
            previous = position
        }
    }

    private func broadcast(
        _ position: LogPosition,
        after previous: LogPosition,
        _ record: UnsafeRawBufferPointer,
        _ header: RecordHeader,
        by server: Int,
        at time: Nanoseconds
    ) {
        places[position] = broadcasts.count
        let payload = Array(record[RecordLayout.headerSize..<header.recordCount])
        broadcasts.append(
            Broadcast(position: position, previous: previous, payload: payload, primary: server, at: time)
        )
    }

    /// The log's files were synced; `isOnPlatter` is what the disk says of itself.
    func synced(_ server: Int, through zxid: Zxid, isOnPlatter: Bool) {
        guard isOnPlatter else { return }
        ledgers[server].durableCount = max(ledgers[server].durableCount, ledgers[server].count(through: zxid))
    }

    /// The server was told, or told its leader, that everything up to `zxid` is durable.
    func promised(_ server: Int, _ zxid: Zxid) {
        expect(
            .durability,
            zxid <= ledgers[server].last.zxid,
            "server \(server + 1) says that \(zxid) is durable, but its log ends with \(ledgers[server].last.zxid)"
        )
        ledgers[server].promised = max(ledgers[server].promised, zxid)
    }

    /// The server acknowledged this to its leader, which will count it.
    func acknowledged(_ server: Int, _ zxid: Zxid) {
        promised(server, zxid)
        let ledger = ledgers[server]
        expect(
            .durability,
            zxid <= ledger.base.zxid || ledger.count(through: zxid) <= ledger.durableCount,
            "server \(server + 1) acknowledges \(zxid), of which the disk has only "
                + "\(ledger.durableCount > 0 ? ledger.log[ledger.durableCount - 1].zxid : ledger.base.zxid)"
        )
    }

    /// A learner was told which history NEWLEADER names.
    func newLeader(_ server: Int, historyEnd: Zxid) { ledgers[server].historyEnd = historyEnd }

    /// A learner puts the epoch on its disk, or says that it has: the history that it stands for must be there.
    func joined(_ server: Int) {
        let ledger = ledgers[server]
        let end = ledger.historyEnd
        expect(
            .durability,
            end <= ledger.base.zxid || (end <= ledger.last.zxid && ledger.count(through: end) <= ledger.durableCount),
            "server \(server + 1) takes an epoch for its own whose history up to \(end) is not on its disk"
        )
    }

    /// The server has decided to cut its log after `zxid`; the disk follows when the round ends.
    func decidedToCut(_ server: Int, after zxid: Zxid) {
        expect(
            .committedPrefix,
            zxid >= ledgers[server].applied.zxid,
            "server \(server + 1) cuts its log after \(zxid), but has delivered \(ledgers[server].applied.zxid)"
        )
    }

    /// The server's disk is about to be cut after `zxid`.
    func truncating(_ server: Int, after zxid: Zxid) {
        ledgers[server].promised = min(ledgers[server].promised, zxid)
    }

    func truncated(_ server: Int, after zxid: Zxid, isOnPlatter: Bool) {
        let count = ledgers[server].count(through: zxid)
        ledgers[server].log.removeLast(ledgers[server].log.count - count)
        ledgers[server].durableCount = isOnPlatter ? count : min(count, ledgers[server].durableCount)
    }

    /// The server is about to replace its history by a snapshot.
    func installing(_ server: Int, _ position: LogPosition) {
        expect(
            .committedPrefix,
            position.zxid == .zero || isCommitted(position),
            "server \(server + 1) takes a snapshot of \(position.zxid), which is not committed history"
        )
        ledgers[server].installing = position
        ledgers[server].promised = min(ledgers[server].promised, position.zxid)
    }

    func installed(_ server: Int) {
        guard let position = ledgers[server].installing else { return }
        var ledger = Ledger()
        ledger.base = position
        // What came after the snapshot may have been delivered in the same round.
        let applied = ledgers[server].applied
        ledger.applied = applied.zxid > position.zxid ? applied : position
        ledger.promised = position.zxid
        ledger.historyEnd = ledgers[server].historyEnd
        ledger.newestEpoch = ledgers[server].newestEpoch
        ledgers[server] = ledger
    }

    // MARK: delivery

    private func isCommitted(_ position: LogPosition) -> Bool {
        committedPlaces[position.zxid].map { broadcasts[committed[$0]].position == position } ?? false
    }

    /// The server has delivered everything up to `position`; returns the transactions that nobody had delivered before.
    func delivered(_ server: Int, _ position: LogPosition, digest: UInt64) -> Range<Int> {
        let before = committed.count
        expect(
            .totalOrder,
            position.zxid >= ledgers[server].applied.zxid,
            "server \(server + 1) has delivered \(ledgers[server].applied.zxid), and then \(position.zxid)"
        )
        if position.zxid > lastCommitted.zxid {
            extend(to: position, by: server)
        } else {
            expect(
                .agreement,
                position.zxid == .zero || isCommitted(position),
                "server \(server + 1) delivers another history up to \(position.zxid) than was delivered before"
            )
        }
        ledgers[server].applied = position
        if violation == nil { compare(digest, at: position, of: server) }
        return before..<committed.count
    }

    /// The transactions of the history that ends with `position`, the newest first; nil if nobody broadcast one of them.
    func history(endingAt position: LogPosition) -> [Broadcast]? {
        var history: [Broadcast] = []
        var current = position
        while current != .zero {
            guard let place = places[current] else { return nil }
            history.append(broadcasts[place])
            current = broadcasts[place].previous
        }
        return history
    }

    private func compare(_ digest: UInt64, at position: LogPosition, of server: Int) {
        guard let place = committedPlaces[position.zxid] else { return }
        if let other = broadcasts[committed[place]].digest {
            expect(
                .equalReplicas,
                other == digest,
                "server \(server + 1) at \(position.zxid) has digest \(hexadecimal(digest)), another had "
                    + hexadecimal(other)
            )
        } else {
            broadcasts[committed[place]].digest = digest
        }
    }

    private func extend(to position: LogPosition, by server: Int) {
        var added: [Int] = []
        var current = position
        while current != lastCommitted {
            guard let place = places[current] else {
                expect(.integrity, false, "server \(server + 1) delivers \(current.zxid), which nobody broadcast")
                return
            }
            guard current.zxid > lastCommitted.zxid else {
                expect(
                    .agreement,
                    false,
                    "server \(server + 1) delivers \(position.zxid) of a history that leaves the committed one before "
                        + "\(lastCommitted.zxid)"
                )
                return
            }
            added.append(place)
            current = broadcasts[place].previous
        }
        let holders = voters.filter { voter in
            ledgers[voter].holdsDurably(position) || hadTaken(voter) { $0.holdsDurably(position) }
        }
        expect(
            .durability,
            electorate.decides(holders),
            "\(position.zxid) is delivered by server \(server + 1), but on the platters of only \(holders.count) of "
                + "\(voters.count) voters: \(describeVoters())"
        )
        for place in added.reversed() {
            let zxid = broadcasts[place].position.zxid
            expect(
                .globalPrimaryOrder,
                zxid.epoch >= lastCommitted.zxid.epoch,
                "\(zxid) is committed after \(lastCommitted.zxid)"
            )
            committedPlaces[zxid] = committed.count
            committed.append(place)
        }
    }

    private func describeVoters() -> String {
        voters.map { voter in
            let ledger = ledgers[voter]
            let durable = ledger.durableCount > 0 ? ledger.log[ledger.durableCount - 1].zxid : ledger.base.zxid
            return "\(voter + 1) has \(durable) of \(ledger.last.zxid)"
        }.joined(separator: ", ")
    }

    /// The server leads an established epoch.
    func led(_ server: Int, life: Int, epoch: Epoch) {
        if let other = established[epoch] {
            expect(
                .oneLeader,
                other == (server, life),
                "epoch \(epoch) is established by server \(server + 1), but was by server \(other.server + 1)"
            )
        }
        established[epoch] = (server, life)
        // It would do no harm; ZooKeeper's rule is that it does not.
        expect(
            .establishedEpoch,
            electorate.counts(server),
            "server \(server + 1) leads epoch \(epoch), but weighs nothing"
        )
        let holders = voters.filter { voter in
            ledgers[voter].newestEpoch >= epoch || hadTaken(voter) { $0.newestEpoch >= epoch }
        }
        expect(
            .establishedEpoch,
            electorate.decides(holders),
            "server \(server + 1) leads epoch \(epoch), which only \(holders.map { $0 + 1 }) of \(voters.count) voters "
                + "have on their disks"
        )
        // What later epochs have committed is none of its business: it may have stood still, and hear now of a quorum that
        // has left it since.
        let owed = committed.last { broadcasts[$0].position.zxid.epoch < epoch }
        let earlier = owed.map { broadcasts[$0].position.zxid } ?? .zero
        expect(
            .primaryIntegrity,
            ledgers[server].applied.zxid >= earlier,
            "server \(server + 1) leads epoch \(epoch) and has delivered \(ledgers[server].applied.zxid), but \(earlier) "
                + "is committed"
        )
    }

    /// The server has this epoch on its disk, as its own.
    func took(_ server: Int, epoch: Epoch) { ledgers[server].newestEpoch = max(ledgers[server].newestEpoch, epoch) }

    /// The server serves clients as a learner of this leader.
    func serves(_ server: Int, under leader: Int, epoch: Epoch) {
        expect(
            .establishedEpoch,
            established[epoch]?.server == leader,
            "server \(server + 1) serves in epoch \(epoch) of server \(leader + 1), which "
                + (established[epoch].map { "is that of server \($0.server + 1)" } ?? "is not established")
        )
    }

    // MARK: restarts

    /// What a server found on its disk: the snapshot's place, the log after it, and what it has applied of that.
    func recovered(
        _ server: Int,
        snapshot: LogPosition,
        log found: [LogPosition],
        applied: LogPosition,
        digest: UInt64,
        isOnPlatter: Bool
    ) {
        let ledger = ledgers[server]
        expect(
            .integrity,
            snapshot.zxid == .zero || isCommitted(snapshot),
            "server \(server + 1) starts from a snapshot of \(snapshot.zxid), which is not committed history"
        )
        if snapshot != ledger.installing {
            for position in found {
                let count = ledger.count(through: position.zxid)
                expect(
                    .integrity,
                    position.zxid <= ledger.base.zxid || (count > 0 && ledger.log[count - 1] == position),
                    "server \(server + 1) finds \(position.zxid) in its log, which was never written there"
                )
            }
        }
        let last = found.last ?? snapshot
        expect(
            .durability,
            last.zxid >= ledger.promised,
            "server \(server + 1) had said that \(ledger.promised) is durable, and finds only \(last.zxid)"
        )
        expect(
            .agreement,
            applied.zxid == .zero || isCommitted(applied),
            "server \(server + 1) starts with \(applied.zxid) applied, which was never committed"
        )
        var new = Ledger()
        new.base = snapshot
        new.log = found
        new.durableCount = isOnPlatter ? found.count : 0
        new.promised = min(ledger.promised, last.zxid)
        new.applied = applied
        new.newestEpoch = ledger.newestEpoch
        ledgers[server] = new
        compare(digest, at: applied, of: server)
    }

    /// The server's disk was replaced by an empty one.
    func wiped(_ server: Int) {
        ledgers[server] = Ledger()
        taken[server] = nil
    }

    /// Somebody gave the server other data, in the middle of what it was doing.
    func lostItsData(_ server: Int) {
        let had = (taken[server] ?? []) + [ledgers[server]]
        wiped(server)
        taken[server] = had
    }

    private func hadTaken(_ server: Int, _ what: (Ledger) -> Bool) -> Bool {
        taken[server]?.contains(where: what) ?? false
    }
}

private func hexadecimal(_ value: UInt64) -> String { String(value, radix: 16) }
