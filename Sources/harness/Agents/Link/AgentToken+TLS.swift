import NIOCore
import NIOSSL

/// TLS 1.3 in which both sides show the token's certificate and want to see no other.
extension AgentToken {
    /// For one who dials.
    func clientHandler() throws -> NIOSSLHandler {
        var configuration = TLSConfiguration.makeClientConfiguration()
        try secure(&configuration)
        let context = try NIOSSLContext(configuration: configuration)
        return try NIOSSLClientHandler(
            context: context,
            serverHostname: nil,
            customVerificationCallback: verify(),
            configuration: .init()
        )
    }

    /// For one who listens: who shows no certificate of the token gets no answer.
    func serverHandler() throws -> NIOSSLHandler {
        let source = NIOSSLCertificateSource.certificate(try NIOSSLCertificate(bytes: certificate, format: .der))
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [source],
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: key, format: .der))
        )
        try secure(&configuration)
        let context = try NIOSSLContext(configuration: configuration)
        return NIOSSLServerHandler(context: context, customVerificationCallback: verify())
    }

    private func secure(_ configuration: inout TLSConfiguration) throws {
        let mine = try NIOSSLCertificate(bytes: certificate, format: .der)
        configuration.minimumTLSVersion = .tlsv13
        configuration.certificateChain = [.certificate(mine)]
        configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: key, format: .der))
        configuration.signingSignatureAlgorithms = [.ed25519]
        configuration.verifySignatureAlgorithms = [.ed25519]
        configuration.trustRoots = .certificates([mine])
        // There is no name to verify: the certificate itself is the one that is wanted, or it is not.
        configuration.certificateVerification = .noHostnameVerification
    }

    private func verify() -> NIOSSLCustomVerificationCallback {
        { [certificate] chain, verdict in
            let isIt = (try? chain.first?.toDERBytes()) == certificate
            verdict.succeed(isIt ? .certificateVerified : .failed)
        }
    }
}
