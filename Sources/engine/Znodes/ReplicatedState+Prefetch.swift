import CPlatform
import Wire
import Zab

extension ReplicatedState {
    /// Begins to bring into the cache what `OutstandingChanges.prepare` of a request will look at. Changes nothing.
    ///
    /// A node that is not in the cache costs two misses of 100 ns and more, one after the other, and that is more than
    /// the work itself; called for each request of a batch before the first is prepared, the misses overlap. Of use in
    /// batches of more than a few.
    /// - Parameter body: any bytes; read as a record that begins with a path.
    @inline(__always)
    public func prefetch(body: UnsafeRawBufferPointer) { prefetch(body, pathAt: 0) }

    /// The same for `apply` of a transaction (TxnHeader and record).
    @inline(__always)
    public func prefetch(transaction: UnsafeRawBufferPointer) {
        prefetch(transaction, pathAt: TransactionHeader.encodedSize)
    }

    func prefetch(_ bytes: UnsafeRawBufferPointer, pathAt offset: Int) {
        guard bytes.count >= offset + 4 else { return }
        let count = Int(Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
        // A long path costs more to hash than the misses.
        guard count > 0, count <= 256, offset + 4 + count <= bytes.count else { return }
        nodes.prefetch(zb_hash(bytes.baseAddress! + offset + 4, count))
    }
}
