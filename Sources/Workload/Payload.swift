/// What a write's data says about itself, so that the verifier can tell which write it finds.
///
///     session: UInt32 | key: UInt32 | sequence: UInt64 | write: UInt32 | filler        big-endian
///
/// `sequence` counts the session's setData from 1 over all its keys, `write` counts those of the key; both are 0 in the
/// data that a key is created with. The filler is the same in all writes of a run: bytes that do not compress.
public enum Payload {
    public static let headerSize = 20
}
