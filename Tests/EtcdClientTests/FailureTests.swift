#if Etcd
    import GRPCCore
    import Testing
    import Workload

    @testable import EtcdClient

    /// Whether an error leaves a write undone, unknown, or without a connection.
    @Suite struct FailureTests {
        private static let cases: [(RPCError, EtcdFailure)] = [
            (
                RPCError(code: .unavailable, message: "etcdserver: request timed out"),
                .unknown("etcdserver: request timed out (unavailable)")
            ),
            (
                RPCError(code: .resourceExhausted, message: "etcdserver: mvcc: database space exceeded"),
                .refused("etcdserver: mvcc: database space exceeded (resourceExhausted)")
            ),
            (
                RPCError(code: .invalidArgument, message: "etcdserver: key is not provided"),
                .refused("etcdserver: key is not provided (invalidArgument)")
            ),
            (
                RPCError(code: .unavailable, message: "Stream unexpectedly closed."),
                .disconnected("Stream unexpectedly closed. (unavailable)")
            ),
        ]

        @Test(arguments: cases) func errorsAreToldApart(error: RPCError, failure: EtcdFailure) {
            #expect(EtcdFailure(error) == failure)
        }

        @Test func whatIsNoErrorOfACallIsTheConnections() {
            #expect(EtcdFailure(CancellationError()) == .disconnected("CancellationError()"))
        }
    }
#endif
