import Client
import NIOCore

/// Reads everything a load has written from each server and holds it against the ledger.
public enum Verifier {
    /// - Parameters:
    ///   - endpoints: every server of the ensemble, also those that may be down; the quorum is taken over all of them.
    public static func verify(
        _ ledger: AcknowledgedWrites,
        endpoints: [Endpoint],
        eventLoopGroup: any EventLoopGroup
    ) async -> Verification {
        fatalError("in the making")
    }
}
