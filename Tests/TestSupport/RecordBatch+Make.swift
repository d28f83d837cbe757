import Wire
import Zab

extension RecordBatch {
    /// A batch with one record for each zxid, in their order, behind a log that ends in `chain`; `payload` writes what is
    /// in a record.
    public static func make(
        _ zxids: some Sequence<Zxid>,
        chain: UInt32,
        payload: (Zxid, ByteWriter) -> Void
    ) -> RecordBatch {
        var builder = RecordBatchBuilder(chain: chain)
        for zxid in zxids {
            builder.beginRecord()
            payload(zxid, builder.writer)
            builder.endRecord(zxid: zxid)
        }
        return builder.finish()
    }
}
