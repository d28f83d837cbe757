#if Etcd
    import Foundation
    import SwiftProtobuf
    import Testing
    import Workload

    @testable import EtcdClient

    /// What goes over the wire, against bytes that are written down by hand from etcd's public rpc.proto: a field is its
    /// number and its kind, `number << 3 | kind`, then its value.
    @Suite struct MessageTests {
        private static let (key, value): ([UInt8], [UInt8]) = ([0x61], [0x62, 0x63])

        @Test func aPutIsKeyAndValue() throws {
            let bytes: [UInt8] = try Etcdserverpb_PutRequest.with(Self.key, Self.value).serializedBytes()
            #expect(bytes == [0x0a, 1, 0x61, 0x12, 2, 0x62, 0x63])
        }

        @Test func aReadSaysWhatItIs() throws {
            let get: [UInt8] = try Etcdserverpb_RangeRequest.of(Self.key, isSerializable: true).serializedBytes()
            #expect(get == [0x0a, 1, 0x61, 0x38, 1])
            let count: [UInt8] = try Etcdserverpb_RangeRequest.of(Self.key, isSerializable: false, isCount: true)
                .serializedBytes()
            #expect(count == [0x0a, 1, 0x61, 0x48, 1])
            let page: [UInt8] = try Etcdserverpb_RangeRequest.of(Self.key, [0x7a], limit: 300, isSerializable: true)
                .serializedBytes()
            #expect(page == [0x0a, 1, 0x61, 0x12, 1, 0x7a, 0x18, 0xac, 0x02, 0x38, 1])
        }

        @Test func aDeleteMayBeOfMany() throws {
            let one: [UInt8] = try Etcdserverpb_DeleteRangeRequest.of(Self.key).serializedBytes()
            let many: [UInt8] = try Etcdserverpb_DeleteRangeRequest.of(Self.key, [0x7a]).serializedBytes()
            #expect(one == [0x0a, 1, 0x61] && many == [0x0a, 1, 0x61, 0x12, 1, 0x7a])
        }

        /// `create_revision == 0`: the enums' zeros are left out, the one in the union is not.
        @Test func aCreateComparesTheCreateRevision() throws {
            let bytes: [UInt8] = try Etcdserverpb_TxnRequest.creating(Self.key, Self.value).serializedBytes()
            let compare: [UInt8] = [0x10, 1, 0x1a, 1, 0x61, 0x28, 0]
            let put: [UInt8] = [0x0a, 1, 0x61, 0x12, 2, 0x62, 0x63]
            let operation = [0x12, UInt8(put.count)] + put
            #expect(bytes == [0x0a, UInt8(compare.count)] + compare + [0x12, UInt8(operation.count)] + operation)
        }

        @Test func severalAreCreatedIfTheFirstIsAbsent() throws {
            let request = Etcdserverpb_TxnRequest.creating([
                EtcdPair(key: Self.key, value: Self.value), EtcdPair(key: [0x7a], value: []),
            ])
            #expect(request.compare == Etcdserverpb_TxnRequest.creating(Self.key, Self.value).compare)
            #expect(request.success.map(\.requestPut.key) == [Data(Self.key), Data([0x7a])])
        }

        @Test func anAnswerIsRead() throws {
            // header {revision: 300, raft_term: 2}, kvs {key, mod_revision: 7, version: 3, value}, count: 1
            let header: [UInt8] = [0x18, 0xac, 0x02, 0x20, 2]
            let pair: [UInt8] = [0x0a, 1, 0x61, 0x18, 7, 0x20, 3, 0x2a, 2, 0x62, 0x63]
            let bytes = [0x0a, UInt8(header.count)] + header + [0x12, UInt8(pair.count)] + pair + [0x20, 1]
            let answer = EtcdAnswer(try Etcdserverpb_RangeResponse(serializedBytes: bytes))
            #expect(answer.revision == 300 && answer.term == 2 && answer.count == 1)
            #expect(answer.entries == [EtcdEntry(key: Self.key, value: Self.value, version: 3, modRevision: 7)])
        }
    }
#endif
