/// Reads an input of a stateful target as a row of orders, each a byte and what belongs to it. Any bytes are a script:
/// what is cut short is taken as far as it goes.
struct Script {
    private var rest: UnsafeRawBufferPointer
    /// So that no input takes for ever.
    private var ordersLeft = 256

    init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func order() -> UInt8? {
        guard ordersLeft > 0, !rest.isEmpty else { return nil }
        ordersLeft -= 1
        return byte()
    }

    mutating func byte() -> UInt8 {
        guard let first = rest.first else { return 0 }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst())
        return first
    }

    mutating func word() -> Int { Int(byte()) << 8 | Int(byte()) }

    /// A length (two bytes) and as many bytes, or as many as there are.
    mutating func blob() -> UnsafeRawBufferPointer {
        let count = min(word(), rest.count)
        let bytes = UnsafeRawBufferPointer(rebasing: rest[..<count])
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        return bytes
    }

    /// All that is left.
    mutating func remainder() -> UnsafeRawBufferPointer {
        defer { rest = UnsafeRawBufferPointer(start: nil, count: 0) }
        return rest
    }
}

/// Writes scripts: for the seeds.
struct ScriptWriter {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ order: UInt8) { bytes.append(order) }

    mutating func add(_ order: UInt8, _ blob: [UInt8]) {
        precondition(blob.count <= 0xffff)
        bytes += [order, UInt8(blob.count >> 8), UInt8(blob.count & 0xff)] + blob
    }
}
