#if Etcd
    import Foundation
    import SwiftProtobuf
    import Workload

    extension Etcdserverpb_PutRequest {
        static func with(_ key: [UInt8], _ value: [UInt8]) -> Self {
            var request = Self()
            request.key = Data(key)
            request.value = Data(value)
            return request
        }
    }

    extension Etcdserverpb_TxnRequest {
        /// A put of a key that must not be there.
        static func creating(_ key: [UInt8], _ value: [UInt8]) -> Self {
            creating([EtcdPair(key: key, value: value)])
        }

        /// Puts of several, the first of which must not be there: all of them are, or none.
        static func creating(_ pairs: [EtcdPair]) -> Self {
            var request = Self()
            if let first = pairs.first {
                var compare = Etcdserverpb_Compare()
                compare.result = .equal
                compare.target = .create
                compare.key = Data(first.key)
                compare.createRevision = 0
                request.compare = [compare]
            }
            request.success = pairs.map(put)
            return request
        }

        private static func put(_ pair: EtcdPair) -> Etcdserverpb_RequestOp {
            var operation = Etcdserverpb_RequestOp()
            operation.requestPut = .with(pair.key, pair.value)
            return operation
        }
    }

    extension Etcdserverpb_DeleteRangeRequest {
        static func of(_ key: [UInt8], _ end: [UInt8] = []) -> Self {
            var request = Self()
            request.key = Data(key)
            request.rangeEnd = Data(end)
            return request
        }
    }

    extension Etcdserverpb_RangeRequest {
        static func of(
            _ key: [UInt8],
            _ end: [UInt8] = [],
            limit: Int = 0,
            isSerializable: Bool,
            isCount: Bool = false
        ) -> Self {
            var request = Self()
            request.key = Data(key)
            request.rangeEnd = Data(end)
            request.limit = Int64(limit)
            request.serializable = isSerializable
            request.countOnly = isCount
            return request
        }
    }

    extension EtcdAnswer {
        init(_ header: Etcdserverpb_ResponseHeader, count: Int = 0, entries: [EtcdEntry] = []) {
            self.init(revision: header.revision, term: header.raftTerm, count: count, entries: entries)
        }

        init(_ message: Etcdserverpb_DeleteRangeResponse) {
            self.init(message.header, count: Int(clamping: message.deleted))
        }

        init(_ message: Etcdserverpb_RangeResponse) {
            let entries = message.kvs.map { pair in
                EtcdEntry(
                    key: Array(pair.key),
                    value: Array(pair.value),
                    version: pair.version,
                    modRevision: pair.modRevision
                )
            }
            self.init(message.header, count: Int(clamping: message.count), entries: entries)
        }
    }
#endif
