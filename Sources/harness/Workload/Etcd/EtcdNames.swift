/// The keys and values of a run in etcd: those that its znodes would have, as bytes.
struct EtcdNames: Sendable {
    private let key: [UInt8]
    private let created: [UInt8]
    private let value: [UInt8]
    /// Everything of the run is from here to before `end`.
    let start: [UInt8]
    let end: [UInt8]

    init(_ plan: LoadPlan) {
        key = Array(RunPaths.key(0, of: plan).utf8)
        created = Array(RunPaths.created(0, session: 0, of: plan).utf8)
        value =
            [UInt8](repeating: 0, count: Payload.headerSize)
            + Payload.filler(size: plan.payloadBytes - Payload.headerSize, seed: plan.seed)
        start = Array("\(plan.rootPath)/".utf8)
        // The character after `/`.
        end = Array("\(plan.rootPath)0".utf8)
    }

    func key(_ number: Int) -> [UInt8] {
        var bytes = key
        store(UInt32(truncatingIfNeeded: number), in: &bytes, fromEnd: 0)
        return bytes
    }

    func created(_ number: UInt32, session: Int) -> [UInt8] {
        var bytes = created
        store(number, in: &bytes, fromEnd: 0)
        store(UInt32(truncatingIfNeeded: session), in: &bytes, fromEnd: HexDigits.count + 2)
        return bytes
    }

    private func store(_ number: UInt32, in bytes: inout [UInt8], fromEnd distance: Int) {
        bytes.withUnsafeMutableBytes { buffer in
            HexDigits.store(number, at: buffer.baseAddress! + (buffer.count - HexDigits.count - distance))
        }
    }

    func value(session: Int, key: UInt32, sequence: UInt64, write: UInt32) -> [UInt8] {
        var bytes = value
        bytes.withUnsafeMutableBytes { buffer in
            Payload.store(
                session: UInt32(truncatingIfNeeded: session),
                key: key,
                sequence: sequence,
                write: write,
                at: buffer.baseAddress!
            )
        }
        return bytes
    }

    /// What a key stands for.
    enum Name: Hashable {
        case key(Int)
        case created(Int, session: Int)
    }

    /// Nil for a key that the run never writes.
    func name(of bytes: [UInt8]) -> Name? {
        let digits = HexDigits.count
        if bytes.count == key.count, bytes.prefix(key.count - digits) == key.prefix(key.count - digits) {
            return Self.number(bytes.suffix(digits)).map { .key($0) }
        }
        guard bytes.count == created.count,
            let number = Self.number(bytes.suffix(digits)),
            let session = Self.number(bytes.dropLast(digits + 2).suffix(digits)),
            let small = UInt32(exactly: number), self.created(small, session: session) == bytes
        else { return nil }
        return .created(number, session: session)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        Int(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
