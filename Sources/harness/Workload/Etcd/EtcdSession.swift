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

    struct Operation {
        var planned: UInt64
        var sent: UInt64
        var sequence: UInt64 = 0
        /// The newest revision that it must not be behind.
        var floor: Int64 = 0
        /// The key within the session's slice, or the number of a created one.
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
    private let slice: KeySlice
    private let names: EtcdNames
    private let mix: OperationMix
    private let window: Int
    private let readsLocally: Bool
    private var generator: SplitMix64
    private var places: [Operation?]
    private var freePlaces: [Int]
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
    /// What had been acknowledged before this connection, perhaps by another server, which serializable reads may not know.
    var revisionBefore: Int64 = 0

    init(index: Int, lane: LoadLane, endpoints: [Endpoint], ledger: AcknowledgedWrites, dialer: any EtcdDialer) {
        let plan = ledger.plan
        self.index = index
        self.lane = lane
        self.endpoints = endpoints
        self.dialer = dialer
        executor = LoopExecutor(lane.eventLoop)
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

    var inFlight: Int { window - freePlaces.count }

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
        guard isConnected, inFlight < window, let next = arrivals?.next, next < lane.endOfLoad else { return .max }
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
            let key = generator.below(slice.count)
            operation.key = UInt32(truncatingIfNeeded: key)
            let known = writes.records[key].lastMzxid
            operation.floor = known > revisionBefore || !readsLocally ? known : 0
            let name = names.key(slice.first + key)
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
        if case .success = result { noteAnswer(now) }
        if lane.isSending, !lane.isResting, isConnected, let call = next(at: place) { return call }
        freePlaces.append(place)
        if arrivals != nil { lane.setDue(index, nextDue) }
        if lane.isDraining { lane.checkDrained() }
        return nil
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
        case .get:
            writes.didRead(key, revision: answer.entries.first?.modRevision ?? 0, after: operation.floor)
        case .exists:
            if answer.count == 0 { writes.noteReordered("the session's key \(key) is not there") }
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
}
