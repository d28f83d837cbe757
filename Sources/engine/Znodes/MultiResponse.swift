import Wire

/// The pieces of `org.apache.zookeeper.MultiResponse`: before each result a `MultiHeader{type, done, err}`, and one
/// that says done at the end.
enum MultiResponse {
    static let errorType: Int32 = -1

    /// The type of the result of a part: what brings a Stat beside the path is a create2.
    static func type(of part: Int32) -> Int32 {
        part == OpCode.createContainer.rawValue || part == OpCode.createTTL.rawValue ? OpCode.create2.rawValue : part
    }

    static func appendHeader(type: Int32, error: Int32 = 0, to writer: ByteWriter) {
        writer.append(type)
        writer.append(false)
        writer.append(error)
    }

    static func appendEnd(to writer: ByteWriter) {
        writer.append(errorType)
        writer.append(true)
        writer.append(Int32(-1))
    }
}

/// Why a multi did nothing, for its answer.
///
/// As in ZooKeeper the answer's *header* says ok (0) and the body says which operation failed: clients look for the
/// error there, and do not read the body of an answer whose header has an error.
public struct MultiFailure: Hashable, Sendable {
    /// The number of operations in the request.
    public var operationCount: Int
    /// The first one that failed.
    public var failedIndex: Int
    public var error: ErrorCode

    public init(operationCount: Int, failedIndex: Int, error: ErrorCode) {
        self.operationCount = operationCount
        self.failedIndex = failedIndex
        self.error = error
    }

    /// Appends the MultiResponse: 0 for the operations before the failed one, its code, and -2
    /// (runtimeInconsistency) for those after it.
    public func encode(into writer: ByteWriter) {
        for index in 0..<operationCount {
            let code: ErrorCode =
                index < failedIndex ? .ok : index == failedIndex ? error : .runtimeInconsistency
            MultiResponse.appendHeader(type: MultiResponse.errorType, error: code.rawValue, to: writer)
            writer.append(code.rawValue)
        }
        MultiResponse.appendEnd(to: writer)
    }
}
