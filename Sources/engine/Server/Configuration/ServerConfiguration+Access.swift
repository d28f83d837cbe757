import Znodes

/// What a configuration says about access lists, in ZooKeeper's keys.
extension ConfigurationEntries {
    /// ZooKeeper's classes for schemes that it knows only where they are named.
    private static let providers = [
        "org.apache.zookeeper.server.auth.SASLAuthenticationProvider": "sasl",
        "org.apache.zookeeper.server.auth.X509AuthenticationProvider": "x509",
    ]

    /// `skipACL`, `DigestAuthenticationProvider.superDigest` and `authProvider.*`. Another value of skipACL than `yes` is
    /// none, as in ZooKeeper. The digest is in no error.
    mutating func accessPolicy() throws -> AccessPolicy {
        var policy = AccessPolicy()
        policy.isSkipped = take("skipACL")?.value == "yes"
        if let entry = take("DigestAuthenticationProvider.superDigest") {
            let parts = entry.value.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[1].isEmpty else {
                throw ConfigurationError(
                    "\(name):\(entry.line): \(entry.key) must be super: and a digest, as ZooKeeper's DigestAuthenticationProvider prints it"
                )
            }
            policy.superDigest = entry.value
        }
        for (provider, scheme) in Self.providers where takeAll(prefix: "authProvider.", value: provider) {
            policy.unproven.insert(scheme)
        }
        return policy
    }

    /// Takes every entry whose key begins so and whose value is this. False if there is none.
    private mutating func takeAll(prefix: String, value: String) -> Bool {
        let keys = keys(prefix: prefix, value: value)
        for key in keys { _ = take(key) }
        return !keys.isEmpty
    }
}

extension ServerConfiguration {
    func accessWarnings(_ name: String) -> [String] {
        access.isSkipped ? ["\(name): skipACL=yes: every client may do everything, whatever access lists say"] : []
    }
}
