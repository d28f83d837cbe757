import Testing

@testable import Agents

/// What a controller and its agents have in common.
@Suite struct AgentTokenTests {
    @Test func itsTextMakesTheSameKeyAndCertificate() throws {
        let token = try AgentToken()
        let copy = try AgentToken(text: "\n  \(token.text)\n")
        #expect(copy == token && copy.certificate == token.certificate && copy.key == token.key)
        #expect(token.text.utf8.count == 103 && token.text.allSatisfy { $0.isASCII && !$0.isWhitespace })
        #expect(try AgentToken() != token)
    }

    /// The certificate is made anew on each host, so it has to be the same everywhere, and with every release of OpenSSL.
    @Test func aKnownSeedHasAKnownCertificate() throws {
        let token = try AgentToken(
            text: "zabbench-token-1-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh-"
                + "4lYM86dmRoSKfC9v-uArD9pfmm0Ne1VC9JBumhuYWmw"
        )
        #expect(token.certificate.count == 215 && "\(token)" == "token b895833c")
    }

    @Test(arguments: ["", "secret", "zabbench-token-1-", "zabbench-token-1-AAAA", "zabbench-token-1-\u{e9}"])
    func whatIsNoTokenIsRefused(_ text: String) {
        #expect(throws: AgentError.self) { try AgentToken(text: text) }
    }

    /// Each character counts; the last one has two bits that no byte is made of.
    @Test func aTokenWithOneWrongCharacterIsRefused() throws {
        let text = Array(try AgentToken().text)
        for place in stride(from: 17, to: text.count - 1, by: 7) {
            var wrong = text
            wrong[place] = wrong[place] == "A" ? "B" : "A"
            let error = #expect(throws: AgentError.self) { try AgentToken(text: String(wrong)) }
            #expect(error?.description == "the token was not copied whole: its fingerprint is not that of its key")
        }
    }

    @Test func noMessageHasTheSecret() throws {
        let token = try AgentToken()
        #expect("\(token)".hasPrefix("token ") && !token.text.contains("\(token)".dropFirst(6)))
        let cut = String(token.text.dropLast(3))
        let error = #expect(throws: AgentError.self) { try AgentToken(text: cut) }
        #expect(error.map { !$0.description.contains(cut.dropFirst(20)) } == true)
    }
}
