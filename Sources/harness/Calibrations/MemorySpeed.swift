import CPlatform
import Glibc

/// What one core does with bytes.
enum MemorySpeed {
    /// Fits every cache that a batch is in when it is checksummed.
    private static let checksumBytes = 65_536
    /// Larger than the caches of most processors.
    private static let copyBytes = 64 << 20

    /// Bytes of CRC-32C per second.
    static func checksum(nanoseconds: UInt64) -> Double {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: checksumBytes, alignment: 64)
        defer { bytes.deallocate() }
        bytes.initializeMemory(as: UInt8.self, repeating: 0x5a)
        // Chained, as the log's are: none can be left out.
        var chain: UInt32 = 0
        return rate(of: bytes.count, nanoseconds) {
            for _ in 0..<16 { chain = zb_crc32c(chain, bytes.baseAddress!, bytes.count) }
            return 16
        }
    }

    /// Bytes copied per second, from memory to memory.
    static func copy(nanoseconds: UInt64) -> Double {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * copyBytes, alignment: 64)
        defer { bytes.deallocate() }
        // Every page is there before the first copy.
        bytes.initializeMemory(as: UInt8.self, repeating: 0x5a)
        let half = bytes.baseAddress! + copyBytes
        var isForward = false
        return rate(of: copyBytes, nanoseconds) {
            isForward.toggle()
            memcpy(isForward ? half : bytes.baseAddress!, isForward ? bytes.baseAddress! : half, copyBytes)
            return 1
        }
    }

    /// - Parameter body: returns how often it has gone through `bytes` bytes.
    private static func rate(of bytes: Int, _ nanoseconds: UInt64, _ body: () -> Int) -> Double {
        var count = 0
        let start = Stopwatch.now
        var now = start
        repeat {
            count += body()
            now = Stopwatch.now
        } while now - start < nanoseconds
        return Double(count) * Double(bytes) / Stopwatch.seconds(now - start)
    }
}
