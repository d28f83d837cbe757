import Wire

/// A whole request of several setData as one transaction (ZooKeeper's `MultiTransactionRecord`), made once; per operation
/// it is copied and the few fields that differ are set.
///
///     frame's header | per setData: MultiHeader, path, data, version | MultiHeader that says done
struct TransactionTemplate: Sendable {
    private let bytes: [UInt8]
    private static let headerSize = 12
    /// Bytes of one setData with its MultiHeader.
    private let stride: Int
    /// Within these, where the number of the path's last part stands, and where the payload begins.
    private let numberOffset: Int
    private let payloadOffset: Int

    init(writes: Int, path: String, payload: [UInt8]) {
        let writer = ByteWriter(capacity: 512)
        writer.append(Int32(0))
        writer.append(Int32(0))
        writer.append(OpCode.multi.rawValue)
        for _ in 0..<writes {
            MultiHeader(type: OpCode.setData.rawValue, isDone: false, error: -1).encode(into: writer)
            writer.append(string: path)
            payload.withUnsafeBytes { writer.append(buffer: $0) }
            writer.append(Int32(-1))
        }
        stride = (writer.count - Self.headerSize) / max(writes, 1)
        numberOffset = MultiHeader.encodedSize + 4 + path.utf8.count - HexDigits.count
        payloadOffset = MultiHeader.encodedSize + 4 + path.utf8.count + 4
        MultiHeader.end.encode(into: writer)
        writer.set(Int32(writer.count - 4), at: 0)
        bytes = Array(writer.bytes)
    }

    var count: Int { bytes.count }

    /// Copies the frame to `place` and sets the xid.
    func store(xid: Int32, at place: UnsafeMutableRawPointer) {
        bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(start: place, count: count).copyMemory(from: $0) }
        place.storeBytes(of: xid.bigEndian, toByteOffset: 4, as: Int32.self)
    }

    /// Sets path and payload of the setData number `part`, after `store`.
    func store(
        part: Int,
        session: UInt32,
        key: UInt32,
        sequence: UInt64,
        write: UInt32,
        at place: UnsafeMutableRawPointer
    ) {
        let start = place + Self.headerSize + part * stride
        HexDigits.store(key, at: start + numberOffset)
        Payload.store(session: session, key: key, sequence: sequence, write: write, at: start + payloadOffset)
    }
}

/// What stands before each part of a multi and before each of its results, and at their end.
struct MultiHeader: Hashable {
    static let encodedSize = 9
    static let end = MultiHeader(type: -1, isDone: true, error: -1)

    /// The operation's code; -1 of a result that is an error.
    var type: Int32
    var isDone: Bool
    var error: Int32

    init(type: Int32, isDone: Bool, error: Int32) {
        self.type = type
        self.isDone = isDone
        self.error = error
    }

    init(from reader: inout ByteReader) throws(WireError) {
        self.init(type: try reader.int32(), isDone: try reader.bool(), error: try reader.int32())
    }

    func encode(into writer: ByteWriter) {
        writer.append(type)
        writer.append(isDone)
        writer.append(error)
    }
}

/// The answer to a transaction of setData. Its frame's header says ok whatever became of it.
struct TransactionAnswer {
    private static let resultSize = MultiHeader.encodedSize + Stat.encodedSize
    private let body: UnsafeRawBufferPointer
    /// Why nothing was done; nil if all was.
    let failure: Int32?

    /// - Throws: `WireError` for what is no answer to `writes` setData.
    init(_ body: UnsafeRawBufferPointer, writes: Int) throws(WireError) {
        self.body = body
        var reader = ByteReader(body)
        var failure: Int32?
        var isFailed = false
        for _ in 0..<writes {
            let header = try MultiHeader(from: &reader)
            guard !header.isDone else { throw WireError("a transaction's answer with too few results") }
            if header.type == OpCode.setData.rawValue {
                _ = try reader.bytes(Stat.encodedSize)
            } else {
                isFailed = true
                let code = try reader.int32()
                // Those before the one that failed say 0, those after it something of their own.
                if code != 0, failure == nil { failure = code }
            }
        }
        guard try MultiHeader(from: &reader).isDone else {
            throw WireError("a transaction's answer with too many results")
        }
        self.failure = isFailed ? failure ?? ErrorCode.systemError.rawValue : nil
    }

    /// What the Stat of the setData number `part` says; only if there is no failure.
    func written(_ part: Int) -> (version: Int32, mzxid: Int64) {
        let start = body.baseAddress! + part * Self.resultSize + MultiHeader.encodedSize
        return (
            Int32(bigEndian: start.loadUnaligned(fromByteOffset: 32, as: Int32.self)),
            Int64(bigEndian: start.loadUnaligned(fromByteOffset: 8, as: Int64.self))
        )
    }
}
