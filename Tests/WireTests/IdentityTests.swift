import TestSupport
import Testing
import Wire

@Suite struct IdentityTests {
    /// RFC 3174's test vectors, and lengths around a block's end, whose digests are those of Python's hashlib.
    @Test(arguments: [
        ("", 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ("abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
        ("a", 1_000_000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
        (
            "0123456701234567012345670123456701234567012345670123456701234567", 10,
            "dea356a2cddd90c7a7ecedc5ebb563934f460452"
        ),
        ("a", 55, "c1c8bbdc22796e28c0e15163d20899b65621d65a"),
        ("a", 56, "c2db330f6083854c99d4b5bfb6e8f29f201be699"),
        ("a", 63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5"),
        ("a", 64, "0098ba824b5c16427bd7a1122a5a442a25ec644d"),
        ("a", 119, "ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56"),
    ]) func sha1(piece: String, times: Int, expected: String) {
        let message = Array(String(repeating: piece, count: times).utf8)
        #expect(hex(message.withUnsafeBytes { SHA1.digest($0) }) == expected)
    }

    /// `DigestAuthenticationProvider.generateDigest` of ZooKeeper 3.8.0.
    @Test(arguments: [
        ("u:p", "u:Jq7wMyA/w2Vd5WIDAKdu4OIIFEQ="), ("super:secret", "super:lK75jTNcA+U9vtVEw5vB51mj/w4="),
        ("nocolon", "nocolon:Ra+cHr2ZoHvBjtNArFGNGlVie4g="), ("", ":2jmj7l5rSw0yVb/vlWAYkK/YBwk="),
        ("x:", "x:klkAALJ94iTJT/Sb0xMaO8xNka8="), (":y", ":v56uxNfW+/rmBBSLP/rsL7wdOQc="),
        ("o:p", "o:Zefm/0MLHFA/9zMW2yC71yJ7zJg="),
    ]) func digestsAreZooKeepers(secret: String, expected: String) {
        let identity = Array(secret.utf8).withUnsafeBytes { Identity.digest(of: $0) }
        #expect(identity == Identity(scheme: "digest", id: expected))
    }

    /// As Java's `getHostAddress` writes them.
    @Test func addressesAreJavas() {
        #expect(ClientAddress.local.description == "127.0.0.1")
        #expect(ClientAddress(bytes: [255, 0, 10, 1]).description == "255.0.10.1")
        let six: [UInt8] = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 1]
        #expect(ClientAddress(bytes: six).description == "2001:db8:0:0:0:0:0:ff01")
        #expect(ClientAddress(bytes: [UInt8](repeating: 0, count: 15) + [1]).description == "0:0:0:0:0:0:0:1")
        let mapped = [UInt8](repeating: 0, count: 10) + [0xff, 0xff, 10, 0, 0, 1]
        #expect(ClientAddress(bytes: mapped).identity == Identity(scheme: "ip", id: "10.0.0.1"))
        #expect(ClientAddress(bytes: [1, 2, 3]) == .unknown)
        #expect(ClientAddress.unknown.identity == nil)
    }

    @Test func authPacketsAreRead() throws {
        let golden = "00000000" + "00000006646967657374" + "00000003753a70"
        try bytes(hex: golden).withUnsafeBytes {
            var reader = ByteReader($0)
            let packet = try AuthPacket(from: &reader)
            #expect(packet.scheme.map { String(decoding: $0, as: UTF8.self) } == "digest")
            #expect(packet.secret.map(Array.init) == Array("u:p".utf8))
        }
        for cut in 0..<(golden.count / 2) {
            bytes(hex: String(golden.prefix(cut * 2))).withUnsafeBytes { part in
                var reader = ByteReader(part)
                #expect(throws: WireError.self) { try AuthPacket(from: &reader) }
            }
        }
    }
}
