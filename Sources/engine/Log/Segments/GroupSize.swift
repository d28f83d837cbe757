/// What one group commit takes in a segment.
public enum GroupSize {
    /// The bytes of records, their headers included, that make a group of exactly `bytes`, which is a multiple of
    /// `FileAccess.directAlignment`: then no method pads it.
    public static func recordBytes(filling bytes: Int) -> Int { bytes - GroupHeader.size }

    /// The bytes of a segment that no group can have.
    public static var segmentHeader: Int { SegmentFormat.headerSize }
}
