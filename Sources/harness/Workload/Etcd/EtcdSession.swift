import CPlatform
import Client
import NIOCore
import Randomness
import Wire

/// One session of a load on etcd: one connection, and as many calls on it as the plan has in flight. Confined to its lane's
/// loop.
///
/// Each call in flight has a place and a task, which goes on with the next operation as soon as one is answered: a session
/// that is always busy makes no task per operation. All tasks run on the loop, so that nothing hops between threads.
final class EtcdSession: LaneSession {
    enum Kind {
        case set, get, exists, create, delete

        var isWrite: Bool { self != .get && self != .exists }
    }

    /// After a refusal.
    private static let pauseTime = TimeAmount.milliseconds(10)

    struct Operation {
        var planned: UInt64
        var sent: UInt64
        var sequence: UInt64 = 0
        /// The newest revision that it must not be behind.
        var floor: Int64 = 0
        /// The key within the session's slice, or the number of a created one; of a linearizable read, the key among all.
        var key: UInt32 = 0
        var write: UInt32 = 0
        var kind: Kind
    }

    let index: Int
    /// As in `LoadSession`: it is there until `sessionClosed`, and nothing that is awaited calls it after that.
    unowned(unsafe) let lane: LoadLane
    let endpoints: [Endpoint]
    let dialer: any EtcdDialer
    let executor: LoopExecutor
    let writes: SessionWrites
    private let ledger: AcknowledgedWrites
    private let slice: KeySlice
    private let names: EtcdNames
    private let mix: OperationMix
    private let window: Int
    private let readsLocally: Bool
    private var generator: SplitMix64
    private var places: [Operation?]
    private var freePlaces: [Int]
    /// Neither free nor in flight: the server has just refused what they had.
    private var pausing = 0
    private(set) var sentCount = 0

    var arrivals: ArrivalStream?
    var ahead: ArrivalStream?
    var aheadCount = 0
    var sentBeyondCut = 0

    var connection: (any EtcdConnection)?
    var isConnected = false
    /// Answers to calls of an earlier connection are those of operations that were given up.
    var generation = 0
    var lastAnswer: UInt64 = 0
    var link = SessionLink()
    /// Connections that are being closed.
    var closings = 0
    var isEnding = false

    init(index: Int, lane: LoadLane, endpoints: [Endpoint], ledger: AcknowledgedWrites, dialer: any EtcdDialer) {
        let plan = ledger.plan
        self.index = index
        self.lane = lane
        self.endpoints = endpoints
        self.dialer = dialer
        executor = LoopExecutor(lane.eventLoop)
        self.ledger = ledger
        slice = KeySlice(session: index, plan: plan)
        writes = ledger.sessions[index]
        names = EtcdNames(plan)
        mix = plan.mix
        window = plan.outstanding
        readsLocally = plan.reads == .local
        // The same operations in the same order as a session of ZooKeeper's protocol has.
        generator = SplitMix64(seed: plan.seed, stream: 0x4f50_0000_0000_0000 | UInt64(index))
        places = Array(repeating: nil, count: window)
        freePlaces = Array((0..<window).reversed())
    }

    var inFlight: Int { window - freePlaces.count - pausing }

    func stopListening() { link.isClosing = true }

    func plannedArrivals(from start: UInt64) -> ArrivalStream? { lane.plan.arrivals(session: index, start: start) }

    // MARK: Sending

    func pump() {
        guard isConnected, lane.isSending, !lane.isResting, let connection else { return }
        while let place = freePlaces.popLast() {
            guard let call = next(at: place) else {
                freePlaces.append(place)
                break
            }
            work(place, call, on: connection)
        }
        if arrivals != nil { lane.setDue(index, nextDue) }
    }

    private var nextDue: UInt64 {
        guard isConnected, !freePlaces.isEmpty, let next = arrivals?.next, next < lane.endOfLoad else { return .max }
        return next
    }

    /// A task for one place, from one operation to the next until there is none.
    private func work(_ place: Int, _ first: EtcdCall, on connection: any EtcdConnection) {
        let session = NIOLoopBound(self, eventLoop: lane.eventLoop)
        let generation = generation
        Task(executorPreference: executor) {
            var call = first
            while true {
                let result: Result<EtcdAnswer, EtcdFailure>
                do throws(EtcdFailure) {
                    result = .success(try await connection.call(call))
                } catch {
                    result = .failure(error)
                }
                guard let next = session.value.settled(place, result, of: generation) else { return }
                call = next
            }
        }
    }

    /// The next operation, noted at a free place; nil if none is due.
    private func next(at place: Int) -> EtcdCall? {
        let now = zb_monotonic_nanoseconds()
        var planned = now
        if let next = arrivals?.next {
            guard next <= now, next < lane.endOfLoad else { return nil }
            planned = next
            if next >= lane.nextCut { sentBeyondCut &+= 1 }
            arrivals!.advance()
        }
        var operation = Operation(planned: planned, sent: now, kind: mix.isOnlySet ? .set : chooseKind())
        operation.floor = writes.concurrent.newestRevision
        let call = call(for: &operation)
        places[place] = operation
        sentCount &+= 1
        lane.sent &+= 1
        return call
    }

    private func chooseKind() -> Kind {
        var draw = generator.below(mix.total)
        if draw < mix.set { return .set }
        draw -= mix.set
        if draw < mix.get { return .get }
        draw -= mix.get
        if draw < mix.exists { return .exists }
        draw -= mix.exists
        return draw < mix.create ? .create : .delete
    }

    private func call(for operation: inout Operation) -> EtcdCall {
        switch operation.kind {
        case .set:
            let key = generator.below(slice.count)
            let numbers = writes.willSet(key)
            operation.key = UInt32(truncatingIfNeeded: key)
            operation.sequence = numbers.sequence
            operation.write = numbers.write
            let global = slice.first + key
            return .put(
                key: names.key(global),
                value: names.value(
                    session: index,
                    key: UInt32(global),
                    sequence: numbers.sequence,
                    write: numbers.write
                )
            )
        case .get, .exists:
            let name = nameToRead(&operation)
            return operation.kind == .get
                ? .get(key: name, isSerializable: readsLocally) : .count(key: name, isSerializable: readsLocally)
        case .create, .delete:
            // While nothing is there to delete, a delete of the mix creates instead.
            if operation.kind == .delete, let number = writes.created.willDelete() {
                operation.key = number
                return .delete(key: names.created(number, session: index))
            }
            operation.kind = .create
            operation.key = writes.created.willCreate()
            return .create(
                key: names.created(operation.key, session: index),
                value: names.value(
                    session: index,
                    key: Payload.createdKey,
                    sequence: UInt64(operation.key),
                    write: 0
                )
            )
        }
    }

    /// A local read is of the session's own keys: its server has answered a linearizable read since it was connected, so it
    /// knows all that was acknowledged before. A linearizable one is of all keys, and held to what anybody had acknowledged.
    private func nameToRead(_ operation: inout Operation) -> [UInt8] {
        let key = generator.below(readsLocally ? slice.count : ledger.plan.keys)
        operation.key = UInt32(truncatingIfNeeded: key)
        operation.floor = readsLocally ? writes.records[key].lastMzxid : ledger.witnessedRevision(key)
        return names.key(readsLocally ? slice.first + key : key)
    }

    // MARK: Answers

    /// - Returns: what is to be done next at the place; nil if it is free now.
    private func settled(_ place: Int, _ result: Result<EtcdAnswer, EtcdFailure>, of generation: Int) -> EtcdCall? {
        guard generation == self.generation, !link.isClosing, let operation = places[place] else { return nil }
        let now = zb_monotonic_nanoseconds()
        switch result {
        case .success(let answer): settle(operation, answer, now: now)
        case .failure(.disconnected(let reason)):
            // This one is lost with the others in flight.
            ended(reason)
            return nil
        case .failure(let failure): settle(operation, failure)
        }
        places[place] = nil
        if case .failure(.refused) = result {
            pause(place)
            if lane.isDraining { lane.checkDrained() }
            return nil
        }
        if case .success = result { noteAnswer(now) }
        if lane.isSending, !lane.isResting, isConnected, let call = next(at: place) { return call }
        freePlaces.append(place)
        if arrivals != nil { lane.setDue(index, nextDue) }
        if lane.isDraining { lane.checkDrained() }
        return nil
    }

    /// A server that refuses would be asked again as fast as it can answer: not from this place for a while.
    private func pause(_ place: Int) {
        pausing += 1
        lane.eventLoop.assumeIsolated().scheduleTask(in: Self.pauseTime) { [self] in
            pausing -= 1
            freePlaces.append(place)
            if !link.isClosing { pump() }
        }
    }

    private func settle(_ operation: Operation, _ answer: EtcdAnswer, now: UInt64) {
        let key = Int(operation.key)
        switch operation.kind {
        case .set:
            writes.didSet(
                key,
                sequence: operation.sequence,
                write: operation.write,
                revision: answer.revision,
                after: operation.floor
            )
            // Answers come in any order; the record has the latest revision of them.
            ledger.witness(slice.first + key, revision: writes.records[key].lastMzxid)
        case .get: judgeRead(operation, revision: answer.entries.first?.modRevision)
        // A count has no revision of its key, only that of the store it is from.
        case .exists: judgeRead(operation, revision: answer.count > 0 ? answer.revision : nil)
        case .create:
            guard answer.count > 0 else { return refuse(operation, .nodeExists) }
            writes.created.didCreate(operation.key, .acknowledged)
            writes.didWrite(revision: answer.revision, after: operation.floor)
        case .delete:
            guard answer.count > 0 else { return refuse(operation, .noNode) }
            writes.created.didDelete(operation.key, .acknowledged)
            writes.didWrite(revision: answer.revision, after: operation.floor)
        }
        if operation.kind.isWrite {
            let position = Int64(answer.term << 32 | UInt64(UInt32(truncatingIfNeeded: answer.revision)))
            lane.wrote(planned: operation.planned, sent: operation.sent, now: now, zxid: position, server: link.server)
            lane.noteWrites(now, zxid: position)
            lane.answered(planned: operation.planned, sent: operation.sent, now: now)
        } else {
            lane.read(planned: operation.planned, sent: operation.sent, now: now)
        }
    }

    /// - Parameter revision: nil if the key is not there; the run's keys are never deleted in it.
    private func judgeRead(_ operation: Operation, revision: Int64?) {
        let key = Int(operation.key)
        guard let revision else {
            return writes.noteReordered("a read found no key \(readsLocally ? slice.first + key : key)")
        }
        if readsLocally {
            writes.didRead(key, revision: revision, after: operation.floor)
        } else if revision < operation.floor {
            writes.noteReordered(
                "a linearizable read of key \(key) gave revision \(revision), and revision \(operation.floor) had been "
                    + "acknowledged before it was sent"
            )
        }
    }

    /// Nothing was done.
    private func refuse(_ operation: Operation, _ code: ErrorCode) {
        lane.failed(planned: operation.planned, code: code.rawValue)
        if operation.kind.isWrite { lane.noteRefusedWrite() }
        switch operation.kind {
        case .create: writes.created.didCreate(operation.key, .refused)
        case .delete: writes.created.didDelete(operation.key, .refused)
        case .set, .get, .exists: break
        }
    }

    private func settle(_ operation: Operation, _ failure: EtcdFailure) {
        guard case .unknown = failure else { return refuse(operation, .systemError) }
        lane.failed(planned: operation.planned, code: ErrorCode.operationTimeout.rawValue)
        if operation.kind.isWrite { lane.noteRefusedWrite() }
        lose(operation)
    }

    private func lose(_ operation: Operation) {
        switch operation.kind {
        case .set: writes.lostSet(Int(operation.key), write: operation.write)
        case .create:
            writes.created.lostCreate(operation.key)
            writes.lostWrite()
        case .delete: writes.lostWrite()
        case .get, .exists: break
        }
    }

    func loseInFlight(_ each: (LostOperation) -> Void) -> Int {
        let count = inFlight
        for (place, operation) in places.enumerated() {
            guard let operation else { continue }
            places[place] = nil
            freePlaces.append(place)
            lose(operation)
            each(LostOperation(planned: operation.planned, isWrite: operation.kind.isWrite))
        }
        return count
    }

    /// When the oldest operation in flight was sent; nil if none is.
    var oldestSent: UInt64? { places.lazy.compactMap { $0?.sent }.min() }
    /// Answers come in any order here.
    var oldestPlanned: UInt64? { places.lazy.compactMap { $0?.planned }.min() }
}
