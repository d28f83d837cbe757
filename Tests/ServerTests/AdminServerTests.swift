import Client
import Foundation
import Server
import TestSupport
import Testing
import Wire
import Zab

/// HTTP as it is asked for, and as it should not be.
@Suite struct AdminServerTests {
    static func withServer<Result>(_ body: (ServerNode, Endpoint) async throws -> Result) async throws -> Result {
        let folder = TemporaryFolder()
        var configuration = ServerConfiguration(myself: ServerID(1), dataDir: try folder.make("1"), clientPort: 0)
        configuration.clientHost = "127.0.0.1"
        configuration.tickTime = 500
        configuration.segmentBytes = 64 << 10
        var admin = AdminSettings()
        (admin.host, admin.port, admin.idleTimeout) = ("127.0.0.1", 0, 2000)
        var metrics = MetricsSettings()
        (metrics.host, metrics.port) = ("127.0.0.1", 0)
        (configuration.admin, configuration.metrics) = (admin, metrics)
        let node = try await ServerNode.start(configuration: configuration)
        do {
            let endpoint = Endpoint(host: "127.0.0.1", port: node.clientPort)
            while try await fourLetterWord("isro", endpoint) != "rw" {}
            let result = try await body(node, endpoint)
            await node.stop()
            return result
        } catch {
            await node.stop()
            throw error
        }
    }

    /// Everything that is answered before the connection ends.
    static func ask(_ port: Int, _ request: String) throws -> (head: String, body: String) {
        let connection = try #require(RawConnection(port, says: Array(request.utf8)))
        let text = String(decoding: connection.receive(16 << 20), as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return (text, "") }
        return (String(text[..<end.lowerBound]), String(text[end.upperBound...]))
    }

    static func get(_ port: Int, _ target: String, method: String = "GET") throws -> (head: String, body: String) {
        try ask(port, "\(method) \(target) HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    }

    static func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func everyCommandIsAnsweredInJSON() async throws {
        try await Self.withServer { node, endpoint in
            let client = try await ZooKeeperClient.connect(endpoints: [endpoint.description])
            _ = try await client.create("/a \"quoted\"", mode: .ephemeral)
            _ = try await client.getData("/a \"quoted\"", watch: true)
            let index = try Self.get(node.adminPort, "/commands")
            let names = index.body.split(separator: "\n").filter { $0.hasPrefix("<a") }.compactMap {
                $0.split(separator: ">").dropFirst().first?.split(separator: "<").first.map(String.init)
            }
            #expect(names.count == 26 && names == names.sorted())
            for name in names {
                let answer = try Self.get(node.adminPort, "/commands/\(name)")
                #expect(answer.head.hasPrefix("HTTP/1.1 200 OK"), "\(name): \(answer.head)")
                #expect(answer.head.lowercased().contains("content-type: application/json"))
                let object = try Self.object(answer.body.hasPrefix("{") ? answer.body : Self.chunks(answer.body))
                #expect(object["command"] as? String == name)
            }
            let watches = try Self.object(Self.chunks(try Self.get(node.adminPort, "/commands/wchc").body))
            let paths = try #require(watches["session_id_to_watched_paths"] as? [String: [String]])
            #expect(paths.values.first == ["/a \"quoted\""] && paths.count == 1)
            let stats = try Self.object(Self.chunks(try Self.get(node.adminPort, "/commands/stat").body))
            #expect((stats["connections"] as? [Any])?.count == 1)
            await client.close()
        }
    }

    /// What was sent in chunks, put together.
    static func chunks(_ text: String) -> String {
        guard !text.hasPrefix("{") else { return text }
        var (rest, whole) = (Substring(text), "")
        while let line = rest.range(of: "\r\n"), let count = Int(rest[..<line.lowerBound], radix: 16), count > 0 {
            let chunk = rest[line.upperBound...].utf8.prefix(count)
            whole += String(Substring(chunk))
            rest = rest[chunk.endIndex...].dropFirst(1)
        }
        return whole
    }

    @Test func whatIsNoCommandIsAnsweredAsZooKeeperDoes() async throws {
        try await Self.withServer { node, _ in
            let unknown = try Self.get(node.adminPort, "/commands/nope")
            #expect(unknown.body == "{\n  \"command\" : \"nope\",\n  \"error\" : \"Unknown command: nope\"\n}")
            let mask = try Self.get(node.adminPort, "/commands/stmk?traceMask=abc")
            #expect(
                mask.body
                    == "{\n  \"error\" : \"setTraceMask requires long traceMask argument, got abc\",\n  \"command\" : \"set_trace_mask\"\n}"
            )
            #expect(try Self.get(node.adminPort, "/").head.hasPrefix("HTTP/1.1 404"))
            #expect(try Self.get(node.adminPort, "/commands/ruok", method: "POST").head.hasPrefix("HTTP/1.1 405"))
            let ruok = try Self.get(node.adminPort, "/commands/%72uok")
            #expect(ruok.body == "{\n  \"command\" : \"ruok\",\n  \"error\" : null\n}")
            #expect(try Self.get(node.adminPort, "/commands/ruok", method: "HEAD").body == "")
        }
    }

    @Test func prometheusReadsEachMetricOnce() async throws {
        try await Self.withServer { node, _ in
            let (head, body) = try Self.get(node.metricsPort, "/metrics")
            #expect(head.contains("text/plain; version=0.0.4"))
            var kinds: [String: String] = [:]
            for line in body.split(separator: "\n") {
                if line.hasPrefix("# TYPE ") {
                    let words = line.split(separator: " ").map(String.init)
                    #expect(kinds.updateValue(words[3], forKey: words[2]) == nil, "\(line)")
                } else if !line.hasPrefix("#") {
                    #expect(line.wholeMatch(of: #/[a-z_0-9]+(\{quantile="0\.\d+"\})? -?\d[\d.e+]*/#) != nil, "\(line)")
                }
            }
            #expect(kinds["znode_count"] == "gauge" && kinds["updatelatency"] == "summary")
            #expect(kinds["commit_count"] == "counter" && kinds["zab_rss_bytes"] == "gauge")
            #expect(try Self.get(node.metricsPort, "/").head.hasPrefix("HTTP/1.1 404"))
        }
    }

    @Test func hostileBytesEndTheirConnectionOnly() async throws {
        try await Self.withServer { node, _ in
            let long = "GET /commands/ruok HTTP/1.1\r\nX: " + String(repeating: "y", count: 64 << 10)
            for said in ["\u{0}\u{1}\u{2}\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "mntr", long] {
                let answer = try Self.ask(node.adminPort, said)
                #expect(!answer.head.hasPrefix("HTTP/1.1 200"), "\(said.prefix(20)): \(answer.head)")
            }
            // More connections than there is room for, all silent: they are closed when patience is over.
            let crowd = (0..<50).compactMap { _ in RawConnection(node.adminPort) }
            while true {
                let answer = try Self.get(node.adminPort, "/commands/ruok")
                if answer.head.hasPrefix("HTTP/1.1 200") { break }
            }
            _ = crowd
        }
    }

    @Test func theKeysAreZooKeepers() throws {
        let common = WildConfigurationTests.common + "clientPort=1\n"
        let usual = try WildConfigurationTests.read(common)
        #expect(usual.admin?.port == 8080 && usual.admin?.host == "0.0.0.0" && usual.metrics == nil)
        #expect(try WildConfigurationTests.read(common + "admin.enableServer=false\n").admin == nil)
        let moved = try WildConfigurationTests.read(
            common + "admin.serverPort=9\nadmin.serverAddress=h\nadmin.commandURL=/c\nadmin.idleTimeout=7\n"
        )
        #expect(moved.admin?.port == 9 && moved.admin?.host == "h" && moved.admin?.commandURL == "/c")
        #expect(try WildConfigurationTests.refusal(common + "admin.forceHttps=true\n").contains("TLS"))
        let provider = "metricsProvider.className=org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider\n"
        let metrics = try WildConfigurationTests.read(common + provider + "metricsProvider.httpPort=7001\n").metrics
        #expect(metrics?.port == 7001 && metrics?.host == "0.0.0.0")
        #expect(try WildConfigurationTests.read(common + provider).warnings.isEmpty)
        #expect(try WildConfigurationTests.refusal(common + "metricsProvider.className=x.Y\n").contains("Prometheus"))
    }
}
