import Wire

/// A whole request frame of the run, made once; per operation it is copied and the few fields that differ are set.
///
/// Immutable, so shared by the run's loops.
final class RequestTemplate: @unchecked Sendable {
    let count: Int
    private let bytes: UnsafeMutableRawPointer
    /// Where the number of the path's last part stands.
    private let numberOffset: Int
    /// Where the session's number stands in the path of a created znode; 0 if there is none.
    private let sessionOffset: Int
    /// Where the payload begins; 0 if the request has none.
    private let payloadOffset: Int
    private let payloadCount: Int

    fileprivate init(_ op: OpCode, path: String, sessionDigits: Bool, payload: [UInt8]?, tail: (ByteWriter) -> Void) {
        let writer = ByteWriter(capacity: 512)
        writer.append(Int32(0))
        writer.append(Int32(0))
        writer.append(op.rawValue)
        writer.append(string: path)
        numberOffset = writer.count - HexDigits.count
        sessionOffset = sessionDigits ? numberOffset - 2 - HexDigits.count : 0
        payloadCount = payload?.count ?? 0
        if let payload {
            payloadOffset = writer.count + 4
            payload.withUnsafeBytes { writer.append(buffer: $0) }
        } else {
            payloadOffset = 0
        }
        tail(writer)
        writer.set(Int32(writer.count - 4), at: 0)
        count = writer.count
        bytes = .allocate(byteCount: writer.count, alignment: 16)
        bytes.copyMemory(from: writer.base, byteCount: writer.count)
    }

    deinit { bytes.deallocate() }

    /// Copies the frame to `place` and sets xid and path.
    @inline(__always)
    func store(xid: Int32, number: UInt32, at place: UnsafeMutableRawPointer) {
        place.copyMemory(from: bytes, byteCount: count)
        place.storeBytes(of: xid.bigEndian, toByteOffset: 4, as: Int32.self)
        HexDigits.store(number, at: place + numberOffset)
    }

    /// Copies the frame to `place` and sets xid, path and the payload's header.
    @inline(__always)
    func store(
        xid: Int32,
        number: UInt32,
        session: UInt32,
        key: UInt32,
        sequence: UInt64,
        write: UInt32,
        at place: UnsafeMutableRawPointer
    ) {
        store(xid: xid, number: number, at: place)
        Payload.store(session: session, key: key, sequence: sequence, write: write, at: place + payloadOffset)
    }

    /// The length of the frame with a payload of `bytes` in place of its own.
    func count(payload bytes: Int) -> Int { count - payloadCount + bytes }

    /// Copies the frame to `place` with another payload, which `fill` writes, and sets xid and path; returns its length.
    func store(
        xid: Int32,
        number: UInt32,
        payload size: Int,
        at place: UnsafeMutableRawPointer,
        fill: (UnsafeMutableRawPointer) -> Void
    ) -> Int {
        let length = count(payload: size)
        place.copyMemory(from: bytes, byteCount: payloadOffset)
        place.storeBytes(of: Int32(length - 4).bigEndian, as: Int32.self)
        place.storeBytes(of: xid.bigEndian, toByteOffset: 4, as: Int32.self)
        HexDigits.store(number, at: place + numberOffset)
        place.storeBytes(of: Int32(size).bigEndian, toByteOffset: payloadOffset - 4, as: Int32.self)
        fill(place + payloadOffset)
        let tail = payloadOffset + payloadCount
        (place + payloadOffset + size).copyMemory(from: bytes + tail, byteCount: count - tail)
        return length
    }

    /// Sets the session in the path of a created znode, after `store`.
    @inline(__always)
    func storeSession(_ session: UInt32, at place: UnsafeMutableRawPointer) {
        HexDigits.store(session, at: place + sessionOffset)
    }
}

/// The requests of a run.
struct RequestTemplates: Sendable {
    let set: RequestTemplate
    let get: RequestTemplate
    let exists: RequestTemplate
    let createKey: RequestTemplate
    let deleteKey: RequestTemplate
    let create: RequestTemplate
    let getCreated: RequestTemplate
    let delete: RequestTemplate
    /// Before a read of the same key.
    let sync: RequestTemplate
    /// Nil where setData go one by one.
    let transaction: TransactionTemplate?
    /// The longest of the requests of a load.
    let longest: Int

    init(plan: LoadPlan) {
        let key = RunPaths.key(0, of: plan)
        let created = RunPaths.created(0, session: 0, of: plan)
        let payload =
            [UInt8](repeating: 0, count: Payload.headerSize)
            + Payload.filler(size: plan.payloadBytes - Payload.headerSize, seed: plan.seed)
        func createTail(_ writer: ByteWriter) {
            ACL.encode(ACL.openUnsafe, into: writer)
            writer.append(CreateMode.persistent.rawValue)
        }
        set = RequestTemplate(.setData, path: key, sessionDigits: false, payload: payload) { $0.append(Int32(-1)) }
        get = RequestTemplate(.getData, path: key, sessionDigits: false, payload: nil) { $0.append(false) }
        exists = RequestTemplate(.exists, path: key, sessionDigits: false, payload: nil) { $0.append(false) }
        createKey = RequestTemplate(.create, path: key, sessionDigits: false, payload: payload, tail: createTail)
        deleteKey = RequestTemplate(.delete, path: key, sessionDigits: false, payload: nil) { $0.append(Int32(-1)) }
        create = RequestTemplate(.create, path: created, sessionDigits: true, payload: payload, tail: createTail)
        getCreated = RequestTemplate(.getData, path: created, sessionDigits: true, payload: nil) { $0.append(false) }
        delete = RequestTemplate(.delete, path: created, sessionDigits: true, payload: nil) { $0.append(Int32(-1)) }
        sync = RequestTemplate(.sync, path: key, sessionDigits: false, payload: nil) { _ in }
        transaction = plan.multi > 1 ? TransactionTemplate(writes: plan.multi, path: key, payload: payload) : nil
        let read = plan.hasWitnessedReads ? sync.count + get.count : get.count
        longest = [set.count, create.count, delete.count, read, transaction?.count ?? 0].max() ?? set.count
    }
}

/// The paths of a run's znodes.
enum RunPaths {
    static func key(_ key: Int, of plan: LoadPlan) -> String { "\(plan.rootPath)/k\(HexDigits.text(UInt32(key)))" }

    /// The parent of what a session creates in the load.
    static func parent(session: Int, of plan: LoadPlan) -> String {
        "\(plan.rootPath)/s\(HexDigits.text(UInt32(session)))"
    }

    static func created(_ number: Int, session: Int, of plan: LoadPlan) -> String {
        "\(parent(session: session, of: plan))/n\(HexDigits.text(UInt32(number)))"
    }
}
