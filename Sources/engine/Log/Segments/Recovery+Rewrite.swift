/// Making durable what is seen; `UnprovenGroups` says why a sync alone does not.
extension Recovery {
    /// Writes again what is not proven durable of the newest segment. Whoever reads the segment after that reads what
    /// is durable; what was read before may have been dropped from the page cache meanwhile, and must not be counted.
    func rewriteUnproven(of newest: File, unstarted: [File]) throws {
        var rehearsal = self
        try rehearsal.scan(newest, upTo: nil, unstarted: unstarted)
        let end = rehearsal.found.segments.last!.end
        var offset = rehearsal.unproven.offset(newest.start!, end: end)
        guard offset < end else { return }
        let piece = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(max(end - offset, SegmentFormat.startSize), 1 << 20),
            alignment: 4096
        )
        defer { piece.deallocate() }
        if offset < SegmentFormat.headerSize {
            // From what was read, on which the choice of this segment rests.
            newest.start!.write(to: piece.baseAddress!)
            let start = UnsafeRawBufferPointer(rebasing: piece[..<SegmentFormat.startSize])
            try disk.write(start, to: newest.file, at: SegmentFormat.identitySize)
            offset = SegmentFormat.headerSize
        }
        while offset < end {
            let room = UnsafeMutableRawBufferPointer(rebasing: piece[..<min(piece.count, end - offset)])
            let count = try disk.read(newest.file, into: room, at: offset)
            guard count > 0 else { break }
            try disk.write(UnsafeRawBufferPointer(rebasing: room[..<count]), to: newest.file, at: offset)
            offset += count
        }
        try disk.sync(newest.file)
    }
}
