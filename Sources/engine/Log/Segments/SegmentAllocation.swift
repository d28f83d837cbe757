/// What a segment's file is like before its first group is written. It decides how much metadata a sync has to journal.
public enum SegmentAllocation: String, CaseIterable, Hashable, Sendable {
    /// Empty: every group makes the file longer.
    case append
    /// Full size by fallocate(2): the blocks are there, but marked as unwritten until they are.
    case fallocate
    /// Full size, written with zeros; never used again.
    case prewritten
    /// As `prewritten` when it is new; dropped segments are used again.
    case recycled
}
