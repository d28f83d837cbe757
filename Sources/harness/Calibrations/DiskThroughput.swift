import Log

/// One file, overwritten from its beginning to its end in large pieces, then synced: what goes to the disk at most.
struct DiskThroughput {
    static let fileBytes = 32 << 20
    private static let pieceBytes = 1 << 20

    private let disk = PosixDisk()
    private let file: PosixDisk.File

    /// Makes the file, and writes it once: blocks that are there already are what a recycled segment has.
    init(path: String) throws(DiskError) {
        file = try disk.open(path, .replacing)
        _ = try bytesPerSecond()
        try disk.sync(file)
    }

    func bytesPerSecond() throws(DiskError) -> Double {
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.pieceBytes, alignment: 4096)
        defer { piece.deallocate() }
        // Not zeros, which some storage does not keep.
        piece.initializeMemory(as: UInt8.self, repeating: 0x5a)
        let start = Stopwatch.now
        for offset in stride(from: 0, to: Self.fileBytes, by: piece.count) {
            try disk.write(UnsafeRawBufferPointer(piece), to: file, at: offset)
            // So that the disk works while the next piece is copied.
            try disk.startWriteback(file, at: offset, count: piece.count)
        }
        try disk.syncData(file)
        return Double(Self.fileBytes) / Stopwatch.seconds(Stopwatch.now - start)
    }
}
