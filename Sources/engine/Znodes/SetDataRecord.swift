import Wire

/// `SetDataRequest` and `SetDataTxn`, which have one form: `{path, data, version}`.
///
/// Read in one go with one check of the bounds: setData is the operation that everything here is measured by.
struct SetDataRecord {
    let path: UnsafeRawBufferPointer
    /// Nil: null.
    let data: UnsafeRawBufferPointer?
    let version: Int32
    /// -1: null.
    var dataCount: Int32 { data.map { Int32($0.count) } ?? -1 }
    /// The size of the whole record.
    let size: Int

    /// Nil if the bytes do not begin with such a record.
    @inline(__always)
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 12, let start = bytes.baseAddress else { return nil }
        let pathCount = Int(Int32(bigEndian: start.loadUnaligned(as: Int32.self)))
        // Path, length of data and version must fit. Lengths are at most 2^31, so nothing overflows.
        guard pathCount >= 0, pathCount &+ 12 <= bytes.count else { return nil }
        let dataCount = Int(Int32(bigEndian: start.loadUnaligned(fromByteOffset: pathCount &+ 4, as: Int32.self)))
        let dataStart = pathCount &+ 8
        let dataEnd = dataStart &+ max(dataCount, 0)
        guard dataCount >= -1, dataEnd &+ 4 <= bytes.count else { return nil }
        path = UnsafeRawBufferPointer(start: start + 4, count: pathCount)
        data = dataCount < 0 ? nil : UnsafeRawBufferPointer(start: start + dataStart, count: dataCount)
        version = Int32(bigEndian: start.loadUnaligned(fromByteOffset: dataEnd, as: Int32.self))
        size = dataEnd &+ 4
    }
}
