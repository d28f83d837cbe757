import Log
import Wire
import Zab

/// Streams a snapshot's file to one learner, frame by frame: its beginning, its chunks, its end.
public final class SnapshotSender<D: Disk> {
    /// The place in the history that the snapshot is of.
    public let position: LogPosition
    private let reader: SnapshotFileReader<D>
    private var hasBegun = false

    public init(_ reader: SnapshotFileReader<D>) {
        self.reader = reader
        position = reader.position
    }

    /// Appends the next frame. False when that was the end; it is not to be asked again then.
    ///
    /// - Throws: what is wrong with the file. The learner has been sent a part then, and never gets the rest: its link
    ///   must end.
    public func writeNext(into writer: ByteWriter) throws(LogError) -> Bool {
        guard hasBegun else {
            hasBegun = true
            PeerFrame.snapshotBegin(zxid: position.zxid, chain: position.chain).encode(into: writer)
            return true
        }
        guard let chunk = try reader.next() else {
            PeerFrame.snapshotEnd.encode(into: writer)
            return false
        }
        PeerFrame.snapshotChunk(chunk).encode(into: writer)
        return true
    }
}
