import Zab

/// Runs a script: a text file of comments (`#`), commands (`>`) and, below each command, the whole trace that it
/// causes. What the file should look like is computed; a test compares.
///
/// A trace line without indent is an input of the server that it begins with, the indented lines after it are the
/// effects, in order. `!!` marks a broken promise.
///
///     cluster 1,2,3 [lone] [observers=4] [groups=1,2/3x0] [tick=100] [init=10] [sync=5] [identities=10]
///                                the ensemble; groups of voters, of which 3 weighs nothing; tick in ms, limits in ticks; `lone`: the script plays all but one;
///                                server n's candidate for an identity is 10 + n
///     disk 1 [accepted=1] [current=1] [log=1.1-1.5,2.1] [base=1.2] [snapshot=1.3] [state=1.1-1.3] [committed=1.3]
///            [identity=7] [confirmed=yes]
///     start [1 2]                boots servers; election links with those that run are about to open
///     settle [nosync]            delivers, dials and syncs until nothing is left to do
///     deliver 1 2 [election|quorum] [n]     from 1 to 2: everything that is there now, or n items
///     drop 1 2 [election|quorum]            loses what is under way
///     dial 1 · install 1         opens the link that 1 wants · the snapshot that 1 received is on its disk
///     sync 1 · complete 1        the disk syncs · the server is told of it
///     durable 1                  both, for everything
///     cut 1 2 · heal 1 2 · reset 1 2        nothing gets through, silently · ends that · connections break
///     crash 1 [keep=2]           loses what is not synced but the first 2 records of it
///     tick 50 [1 2]              time goes on for these servers, or for all
///     propose 1 3                three transactions by leader 1
///     snapshot 1 [base=1.2]      of what is committed; the log then starts after base
///     input 1 ...                an input as the trace would write it in short: see `Script.input`
///     show · ledger              the servers' state · what is committed anywhere
///     quiet COMMAND              no trace: for what other scripts show already
struct Script {
    private var ensemble = Ensemble(voters: [1])
    private var output: [String] = []

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    mutating func run(_ text: String) throws -> String {
        var result: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty || line.hasPrefix("#") {
                result.append(String(line))
            } else if line.hasPrefix(">") {
                result.append(String(line))
                output = []
                try execute(line.dropFirst().split(separator: " ").map(String.init))
                result += output
            }
        }
        return result.joined(separator: "\n")
    }

    private mutating func execute(_ words: [String]) throws {
        var words = words
        let quiet = words.first == "quiet"
        if quiet { words.removeFirst() }
        guard let command = words.first else { throw Failure(description: "a command is missing after >") }
        let arguments = Arguments(Array(words.dropFirst()))
        if command == "cluster" { ensemble = try arguments.ensemble() }
        var lines: [String] = []
        ensemble.trace = { lines.append($0) }
        if !(try fault(command, arguments)), !(try progress(command, arguments)), command != "cluster" {
            throw Failure(description: "unknown command \(command)")
        }
        ensemble.trace = nil
        if !quiet { output += lines }
        output += ensemble.violations.map { "!! \($0)" }
        ensemble.violations = []
    }

    /// Commands that move the ensemble on.
    private mutating func progress(_ command: String, _ arguments: Arguments) throws -> Bool {
        switch command {
        case "settle": ensemble.settle(syncing: arguments.plain.first != "nosync")
        case "deliver":
            let (from, to) = try (node(arguments, 0), node(arguments, 1))
            for kind in try kinds(arguments) {
                let there = ensemble.channels[kind.rawValue][from][to]
                var left = arguments.plain.last.flatMap { arguments.plain.count > 2 ? Int($0) : nil }
                left = left ?? there.count
                while left! > 0, ensemble.canDeliver(kind, from, to) {
                    ensemble.deliver(kind, from, to)
                    left! -= 1
                }
            }
        case "dial": ensemble.dial(try node(arguments, 0))
        case "install": ensemble.install(try node(arguments, 0))
        case "sync": ensemble.sync(try node(arguments, 0))
        case "complete": ensemble.complete(try node(arguments, 0))
        case "durable":
            let server = try node(arguments, 0)
            ensemble.sync(server)
            while !ensemble.nodes[server].disk.completions.isEmpty { ensemble.complete(server) }
        case "tick":
            let milliseconds = try arguments.number(0)
            let only = try (1..<max(1, arguments.plain.count)).map { try node(arguments, $0) }
            ensemble.tick(UInt64(milliseconds), only: only.isEmpty ? nil : only)
        case "propose": ensemble.propose(try node(arguments, 0), try arguments.number(1))
        case "snapshot": ensemble.takeSnapshot(try node(arguments, 0), base: try arguments.zxid("base"))
        case "input":
            let input = try arguments.input()
            var records: [Record] = []
            if case .proposals(_, let first, let last, _) = input, first <= last {
                records = try Arguments.records("\(first)-\(last)")
            }
            ensemble.step(try node(arguments, 0), input, records: records)
        case "show": for server in ensemble.nodes.indices { ensemble.trace?(summary(server)) }
        case "ledger":
            ensemble.trace?("committed " + ensemble.ledger.map { $0.zxid.description }.joined(separator: " "))
        default: return false
        }
        return true
    }

    /// Commands that set the stage or break it.
    private mutating func fault(_ command: String, _ arguments: Arguments) throws -> Bool {
        switch command {
        case "disk": try arguments.fill(&ensemble.nodes[try node(arguments, 0)].disk)
        case "start":
            let servers = try arguments.plain.indices.map { try node(arguments, $0) }
            for server in servers.isEmpty ? Array(ensemble.nodes.indices) : servers { ensemble.boot(server) }
        case "drop":
            for kind in try kinds(arguments) {
                ensemble.channels[kind.rawValue][try node(arguments, 0)][try node(arguments, 1)].removeAll()
            }
        case "cut": ensemble.cut(try node(arguments, 0), try node(arguments, 1))
        case "heal": ensemble.heal(try node(arguments, 0), try node(arguments, 1))
        case "reset": ensemble.reset(try node(arguments, 0), try node(arguments, 1))
        case "crash": ensemble.crash(try node(arguments, 0), keeping: Int(arguments.named["keep"] ?? "0") ?? 0)
        default: return false
        }
        return true
    }

    private func node(_ arguments: Arguments, _ place: Int) throws -> Int {
        let id = ServerID(try arguments.number(place))
        guard let index = ensemble.ids.firstIndex(of: id) else { throw Failure(description: "no server \(id)") }
        return index
    }

    private func kinds(_ arguments: Arguments) throws -> [Ensemble.Kind] {
        if arguments.plain.contains("election") { return [.election] }
        if arguments.plain.contains("quorum") { return [.quorum] }
        return Ensemble.Kind.allCases
    }

    private func summary(_ server: Int) -> String {
        let id = ensemble.ids[server]
        guard let peer = ensemble.nodes[server].peer else { return "\(id) down" }
        return "\(id) \(describe(peer.phase)): accepted \(peer.acceptedEpoch) current \(peer.currentEpoch) "
            + "\(describe(peer.history)) durable \(peer.durable) committed \(peer.committed)"
            + describe(peer.membership)
    }
}
