import Server
import Workload
import Zab

extension FuzzTarget {
    /// What is asked of the admin server. Whatever its name, an unknown command is answered in JSON.
    static let adminRequest = FuzzTarget("admin-request") {
        let texts = [
            "/commands/ruok", "/commands/stmk?traceMask=306&x=%41&&=1&x", "/commands/", "/metrics?a=b=c", "",
            "/commands/%00%1f%22%5c%e2%82%ac%", "/commands/\"\\\n\t\u{1}",
        ]
        return texts.map { Array($0.utf8) }
    } run: { bytes in
        let target = AdminTarget(uri: String(decoding: bytes, as: UTF8.self))
        guard let name = target.command(below: "/commands") else { return }
        let answer = Array(AdminTarget.unknown(name).utf8)
        precondition(answer.first == UInt8(ascii: "{") && answer.last == UInt8(ascii: "}"))
        var (isEscaped, quotes) = (false, 0)
        for byte in answer {
            precondition(
                byte >= 0x20 || quotes.isMultiple(of: 2) && byte == UInt8(ascii: "\n"),
                "a raw control character"
            )
            if byte == UInt8(ascii: "\""), !isEscaped { quotes += 1 }
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
        }
        // Two keys and two values.
        precondition(quotes == 8, "\(quotes) quotes")
    }

    /// The first four bytes of a client: no length of a frame is taken for a word, and each word for itself alone.
    static let fourLetterWord = FuzzTarget("four-letter-word") {
        ["ruok", "srvr", "stmk\0\0\0\0\0\0\u{1}2", "mntr\r\n", "RUOK", "hash"].map { Array($0.utf8) } + [[0, 0, 0, 44]]
    } run: { bytes in
        guard bytes.count >= 4 else { return }
        let length = Int(Int32(bigEndian: bytes.loadUnaligned(as: Int32.self)))
        // As the host reads it, and as a number that no four bytes are.
        for number in [length, length &* 65_537, -length] {
            guard let word = FourLetterWord(length: number) else { continue }
            precondition(number > 1 << 24, "\(number) may be the length of a frame")
            var spelled = 0
            for byte in word.rawValue.utf8 { spelled = spelled << 8 | Int(byte) }
            precondition(spelled == number, "\(number) is not \(word)")
        }
    }

    /// zoo.cfg, with a `myid` in the first byte; what is accepted must also do to begin with.
    static let serverConfiguration = FuzzTarget("zoo-cfg") {
        let texts = [
            "\u{1}dataDir=/d\ntickTime=2000\ninitLimit=10\nsyncLimit=5\nclientPort=2181\n# comment\n"
                + "server.1=a:2888:3888\nserver.2=b:2888:3888:participant;2181\nserver.3=[::1]:1:2:observer\n",
            "\u{2}dataDir=/d\nserver.1=a:1:2\nserver.2=a:3:4\nserver.02=a:5:6:observer\npeerType=observer\n",
            "\u{1}dataDir=/d\ndataLogDir=/l\nzabbench.segmentBytes=65536\nzabbench.snapshotLogBytes=1099511627776\n"
                + "zabbench.log.strategy=fdatasync_recycled\nzabbench.log.batching=natural\nsnapCount=2\n",
            "\u{1}dataDir=/d\nmaxClientCnxns=0\nclientPortAddress=::\nunknown=1\nserver.1=;2181\n",
            "\u{1}dataDir : /d\r\n! b\r\ngroup.1=1:2\nweight.1=1\nweight.2=1\nserver.1=[::1]:1:2:OBSERVER;[::]:3\n"
                + "server.2=b\\\n  :1:2;9\nminSessionTimeout=1\n\\u0041=\\\\\n",
        ]
        return texts.map { Array($0.utf8) }
    } run: { bytes in
        guard let id = bytes.first else { return }
        let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
        let configuration = try? ServerConfiguration(
            parsing: text,
            name: "zoo.cfg",
            files: ConfigurationFiles { path in path.hasSuffix("/myid") ? "\(id)\n" : nil }
        )
        guard let configuration else { return }
        var effects: [Effect] = []
        var peer = Peer(configuration: configuration.zab, durable: DurableState(), now: 0)
        peer.start(into: &effects)
        precondition(Set(configuration.servers.map(\.id)).count == configuration.servers.count)
    }

    /// Workload files, with the runs that they ask for. A line of flags comes first.
    static let workload = FuzzTarget("workload") {
        let texts = [
            """
            load.clients=8 repeats=2
            name: quick
            description: a text
            repeats: 2
            seed: 7
            shuffle: true
            ensemble: {sizes: [1, 3], placement: processes, tick_time_ms: 500}
            log: {strategy: fdatasync_recycled, batching: [natural, overlapped, delay_50us], directories: [one, separate]}
            load:
              - {name: one, mode: closed, clients: [1, 2], outstanding: 64, payload_bytes: [128, 1_000]}
              - {name: two, mode: open, rate_per_s: [1e3, 2000], arrivals: poisson, keys: 1000, mix: {set: 1, get: 9}}
            warmup_s: 0.5
            duration_s: 3
            """,
            "\nload: {mix: {create: 1, delete: 1}}\nduration_s: .inf\nwarmup_s: nan\nseed: 9223372036854775807\n",
            "\nlog:\n  - {name: a, strategy: [none_append, periodic_10ms_recycled]}\n"
                + "  - {strategy: io_uring_prewritten, batching: [each, count_9, bytes_512], in_flight: [1, 16]}\n",
            "load.one.keys=1 log=\na: &a [1, 2]\nb: [*a, *a]\n",
            "\nload:\n  clients: [1,1,1,1,1,1,1,1]\n  outstanding: [1,1,1,1,1,1,1,1]\n  payload_bytes: [64,64,64,64]\n",
        ]
        return texts.map { Array($0.utf8) }
    } run: { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        let lines = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        let overrides = lines[0].split(separator: " ").prefix(4).map(String.init)
        let yaml = lines.count > 1 ? String(lines[1]) : ""
        guard let file = try? WorkloadFile(yaml: yaml, source: "w.yaml", overrides: overrides) else { return }
        let runs = file.plannedRuns()
        precondition(!runs.isEmpty && runs.count <= 100_000)
    }
}
