/// Keys of ZooKeeper's that decide who votes, who is let in or where a server listens, and that this server does not
/// honour: ignored, an ensemble would be less safe than its configuration says, so they are refused.
enum RefusedKeys {
    struct Rule {
        var key: String
        /// Values with which the key asks for nothing that is not there.
        var isHarmless: @Sendable (String) -> Bool = { _ in false }
        /// What to do about it.
        var advice: String
    }

    private static let isOff: @Sendable (String) -> Bool = { ["false", "no"].contains($0.lowercased()) }
    private static let tls =
        "TLS is not supported yet; remove it and keep the port on a trusted network, or put a TLS proxy in front of it"
    private static let sasl =
        "SASL is not supported yet, so clients cannot be required to authenticate; remove it only if any client may connect"
    private static let peers =
        "SASL between servers is not supported yet; remove it, and set zabbench.peerSecret to keep strangers out"

    static let rules: [Rule] = [
        Rule(key: "secureClientPort", advice: tls),
        Rule(key: "secureClientPortAddress", advice: tls),
        Rule(key: "sslQuorum", isHarmless: isOff, advice: tls),
        Rule(key: "admin.forceHttps", isHarmless: isOff, advice: tls),
        Rule(key: "admin.portUnification", isHarmless: isOff, advice: tls),
        Rule(key: "requireClientAuthScheme", advice: sasl),
        Rule(key: "sessionRequireClientSASLAuth", isHarmless: isOff, advice: sasl),
        Rule(key: "enforce.auth.enabled", isHarmless: isOff, advice: sasl),
        Rule(
            key: "DigestAuthenticationProvider.enabled",
            isHarmless: { !isOff($0) },
            advice: "the scheme digest cannot be switched off; remove it"
        ),
        Rule(
            key: "DigestAuthenticationProvider.digestAlg",
            isHarmless: { ["SHA1", "SHA-1"].contains($0.uppercased()) },
            advice: "only SHA1 is supported, ZooKeeper's default; remove it"
        ),
        Rule(key: "quorum.auth.enableSasl", isHarmless: isOff, advice: peers),
        Rule(key: "quorum.auth.learnerRequireSasl", isHarmless: isOff, advice: peers),
        Rule(key: "quorum.auth.serverRequireSasl", isHarmless: isOff, advice: peers),
        Rule(key: "portUnification", isHarmless: isOff, advice: tls),
        Rule(
            key: "forceSync",
            isHarmless: { $0 != "no" },
            advice:
                "writes are acknowledged when they are synced; remove it, or say zabbench.log.strategy=none_append if "
                + "a power loss may cost acknowledged writes"
        ),
        Rule(
            key: "reconfigEnabled",
            isHarmless: isOff,
            advice: "the ensemble cannot be changed while it runs; remove it, and change every server's file instead"
        ),
        Rule(
            key: "electionAlg",
            isHarmless: { $0 == "3" },
            advice: "only 3 is supported, as in ZooKeeper 3.8; remove it"
        ),
        Rule(key: "oraclePath", advice: "quorums with an oracle are not supported; remove it and run three servers"),
        Rule(
            key: "observerMasterPort",
            isHarmless: { $0 == "0" },
            advice: "observers connect only to the leader, so no follower would listen on this port; remove it"
        ),
    ]
}
