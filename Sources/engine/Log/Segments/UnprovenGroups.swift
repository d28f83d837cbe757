/// What recovery sees of a segment and must make durable, since the process before this one may have ended because a
/// sync had failed.
///
/// After a failed sync the kernel takes the pages for clean: they are read, they are not on the disk, and a sync of the
/// next process succeeds without writing them (ATC'20, "Can Applications Recover from fsync Failures?"). So a sync
/// alone proves nothing of what was there before. What does:
/// - a group header proves every group up to its `durable`, and the start of a segment whose first group is among them;
/// - a segment that has a successor is proven whole, since it is synced, or written again here, before that one's start
///   is written;
/// - a segment's name proves its identity, and an epoch file's or a snapshot's its content: each is given after a sync
///   of the file that succeeded. Changes of names are still owed after a sync of the directory that failed, and are
///   paid by the next: that is how journals work, and where one cannot be written the file system stops.
///
/// What is left are the newest segment's last groups, those that the last two syncs covered, and its start if it has
/// not outlived them. They are written again, with the bytes that they have, and synced.
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
