/// The log's files.
///
/// ## What a file holds
///
///     0      identity   512 bytes   written and synced before the file gets the name `log.<sequence>`; never changed
///     512    start     3584 bytes   written when the segment is started, with or before its first group
///     4096   groups                 each from a 512-byte boundary: header, records, zeros up to the next boundary
///
/// A *group* is what one `append` wrote and one sync made durable. Its records are the very bytes of the peer link.
/// Everything is big-endian. Each part ends in a CRC-32C of itself, so every byte from the start of a file to the end
/// of its last group is covered: by the identity's checksum, the start's, a group header's, a record's, or by having
/// to be zero (padding).
///
/// ## What each field is for
///
/// - *segment sequence* (identity, start, group header): never used twice. A recycled file keeps the groups of its
///   former life until they are overwritten; they carry another sequence, so they never pass. It stays unique
///   because the segment with the highest sequence is removed only after one with a higher sequence is durable.
/// - *previous* (start): the segment whose records come before this one's. Following these links from the newest
///   segment gives the log. A link to a file that is missing, while files with smaller sequences are there, is a hole:
///   corruption. (`trim` removes from the oldest on, each removal durable before the next.)
/// - *after*, *chain* (start): the zxid and the checksum of the record before the segment's first. The previous
///   segment's records up to `after` count; whatever it holds beyond is void.
/// - *group sequence*, *durable* (group header): groups are numbered through. `durable` is the newest group that was
///   known to be synced when this one was written. It tells a torn tail from a corrupt middle: a bad group with a
///   later one that knows it to be durable has been damaged. Without such a witness it never was acknowledged.
/// - *ensemble* (start): whose history this is (`Membership`), so that a log and a snapshot of two ensembles are told
///   apart.
/// - *committed*: the newest zxid known to be committed, so that recovery applies that much without a leader.
///
/// ## What is assumed
///
/// The list at `Disk`, and that the checksum does not lie. 512-byte alignment of groups means that no sector ever holds
/// bytes of two groups: writing a group never touches a sector of a durable one.
///
/// ## What a crash can leave
///
/// - *While a group is written or synced*: some of its sectors. The group has not been acknowledged. Its records up to
///   the first bad one are valid (checksum, chain) and are kept; the rest is cut.
/// - *While several groups wait for one sync*: a bad group, then a good one, neither known as durable by any header.
///   Cut from the bad one on. The good one must not come back: the cut is made permanent before anything is appended.
/// - *On a roll*: the full segment is synced before the next one's start is written. So a segment that has a successor
///   is durable to its end, and a bad record in it is corruption. If the start or the first group did not make it, the
///   new file counts as never started.
/// - *While a segment is prepared*: a file `new.<sequence>` or `recycle.<sequence>`: removed, or prepared again. Its
///   old name is durably gone before it is overwritten, its new one given only after the identity is synced.
/// - *In `truncate`*: one write decides. The start of a new segment, kind `cut`, names the last record that counts. If
///   it is not whole after the crash, the old log is there, untouched. If it is, the log is cut, and recovery finishes
///   what is left to do: shorten the segment that holds the cut, remove those after it.
/// - *In `reset`*: the same with kind `origin`, which voids every older segment.
/// - *In `trim`*: some of the oldest segments are still there. Harmless.
///
/// ## What a failed sync can leave
///
/// The log stops and with it the process, but the page cache stays: what the sync covered is seen by the next process
/// and is not on the disk, and no sync of that process will put it there. Recovery writes it again; see
/// `UnprovenGroups` for what that is and why it is not more.
///
/// ## What cannot be told
///
/// Damage to the very last group looks like a torn write of it, and a start of a segment with only one group in it
/// like one that was never written. No local log can tell these apart; the epoch files and the quorum limit the harm.
enum SegmentFormat {
    static let sector = 512
    static let identitySize = 512
    static let startSize = 3584
    static let headerSize = identitySize + startSize
    static let version: UInt32 = 1
    /// No log lives to have a segment or a group with a higher sequence: bytes that say so are damaged.
    static let sequenceMax: UInt64 = 1 << 62
    static let alignmentMax = 64 << 10

    @inline(__always)
    static func aligned(_ offset: Int, to alignment: Int = sector) -> Int {
        (offset + alignment - 1) & ~(alignment - 1)
    }

    static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The number in `<prefix>.<16 hexadecimal digits>`; nil for any other name.
    static func sequence(in name: String, prefix: String) -> UInt64? {
        guard name.hasPrefix(prefix + ".") else { return nil }
        let digits = name.utf8.dropFirst(prefix.utf8.count + 1)
        guard digits.count == 16 else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }
}

/// The prefixes of the names in a log directory.
enum SegmentName {
    static let live = "log"
    static let recycled = "recycle"
    static let new = "new"

    static func make(_ prefix: String, _ sequence: UInt64) -> String {
        prefix + "." + SegmentFormat.hexadecimal(sequence)
    }
}
