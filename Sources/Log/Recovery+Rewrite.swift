/// Making what is seen durable, when the process before this one may have ended because a sync had failed.
///
/// After a failed sync the kernel takes the pages for clean: they are read, they are not on the disk, and a sync of the
/// next process succeeds without writing them (ATC'20, "Can Applications Recover from fsync Failures?"). So a sync alone
/// proves nothing of what was there before. What does:
/// - a group header proves every group up to its `durable`, and the start of a segment whose first group is among them;
/// - a segment that has a successor is proven whole, since it is synced, or written again here, before that one's start
///   is written;
/// - a segment's name proves its identity, and an epoch file's or a snapshot's its content: each is given after a sync
///   of the file that succeeded. Changes of names are still owed after a sync of the directory that failed, and are
///   paid by the next: that is how journals work, and where one cannot be written the file system stops.
///
/// What is left are the newest segment's last groups, those that the last two syncs covered, and its start if it has not
/// outlived them. They are written again, with the bytes that they have, and synced.
struct UnprovenGroups {
    private struct Group {
        var sequence: UInt64
        var offset: Int
    }

    private var groups: [Group] = []
    private var durable: UInt64 = 0

    /// A good header was read at that offset.
    mutating func note(_ header: GroupHeader, at offset: Int) {
        if header.durable > durable {
            durable = header.durable
            groups.removeAll { $0.sequence <= header.durable }
        }
        groups.append(Group(sequence: header.sequence, offset: offset))
    }

    /// Where that which is not proven begins in a segment with that start, whose good bytes end at `end`.
    func offset(_ start: SegmentStart, end: Int) -> Int {
        durable >= start.firstGroup ? min(end, groups.first?.offset ?? end) : SegmentFormat.identitySize
    }
}

extension Recovery {
    /// Writes again what is not proven durable of the newest segment. Whoever reads the segment after that reads what is
    /// durable; what was read before may have been dropped from the page cache meanwhile, and must not be counted.
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
