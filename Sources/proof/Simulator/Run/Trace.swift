import Zab

/// Everything that happened in a run, as one number; and as lines, if somebody wants to read it.
///
/// Two runs of one seed must have the same number: every event, with its time and what came of it, goes into it.
struct Trace {
    private(set) var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    /// Called with each line, if lines are wanted. They cost more than the run itself.
    let sink: ((String) -> Void)?
    var now: Nanoseconds = 0

    init(sink: ((String) -> Void)?) { self.sink = sink }

    @inline(__always)
    mutating func mix(_ value: UInt64) {
        hash = (hash ^ value) &* 0x9e37_79b9_7f4a_7c15
        hash ^= hash >> 29
    }

    @inline(__always)
    mutating func mix(_ value: Int) { mix(UInt64(bitPattern: Int64(value))) }

    mutating func mix(_ bytes: UnsafeRawBufferPointer) {
        var offset = 0
        while offset + 8 <= bytes.count {
            mix(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        var rest: UInt64 = UInt64(bytes.count)
        while offset < bytes.count {
            rest = rest << 8 | UInt64(bytes[offset])
            offset += 1
        }
        mix(rest)
    }

    func say(_ line: @autoclosure () -> String) {
        guard let sink else { return }
        let milliseconds = now / 1_000_000
        let micros = now / 1_000 % 1_000
        let fraction = String(micros)
        let padded = String(repeating: "0", count: 3 - fraction.count) + fraction
        let left = String(repeating: " ", count: max(0, 8 - String(milliseconds).count))
        sink("\(left)\(milliseconds).\(padded) ms  \(line())")
    }
}
