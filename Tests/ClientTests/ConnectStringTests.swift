import Testing

@testable import Client

@Suite struct ConnectStringTests {
    @Test(arguments: [
        ("h1", "h1:2181"), ("h1:1,h2:2", "h1:1,h2:2"), ("h1, h2", "h1:2181,h2:2181"), (" h1:5 ,\th2 ", "h1:5,h2:2181"),
        ("h1:1,h2:2/app", "h1:1,h2:2/app"), ("h1/a/b", "h1:2181/a/b"), ("[::1]:1/app ", "[::1]:1/app"),
        ("h1/", "h1:2181"),
    ])
    func isReadAsZooKeepersClientsReadIt(_ text: String, _ meaning: String) throws {
        #expect(try ConnectString(text).description == meaning)
    }

    @Test(arguments: [
        ("", "empty place"), ("h1,,h2", "empty place"), ("h1,", "empty place"), ("h 1", "not host:port"),
        ("h1:x", "not host:port"), ("h1/app,h2/app", "once, after the last server"), ("h1/a//b", "empty part"),
        ("h1/a/", "empty part"), ("h1/../b", "relative"), ("h1/zookeeper/x", "ZooKeeper's own"),
        ("h1/a\u{7}", "control character"), ("/app", "empty place"),
    ])
    func everyFaultHasItsOwnWords(_ text: String, _ words: String) {
        #expect {
            _ = try ConnectString(text)
        } throws: { "\($0)".contains(words) }
    }

    @Test(arguments: ["digest:ann:secret", "digest:ann:se:cret", "x509:abc"])
    func credentialsAreSchemeAndSecret(_ text: String) throws {
        let credential = try Credential(text)
        #expect(credential.scheme + ":" + String(decoding: credential.secret, as: UTF8.self) == text)
        #expect("\(credential)" == credential.scheme + ":***")
    }

    @Test(arguments: ["", "digest", "digest:", "digest:hidden", "digest::hidden", ":a:hidden", "di gest:a:hidden"])
    func aWrongCredentialIsRefusedWithoutItsSecret(_ text: String) {
        #expect {
            _ = try Credential(text)
        } throws: { "\($0)".contains("digest:user:password") && !"\($0)".contains("hidden") }
    }
}
