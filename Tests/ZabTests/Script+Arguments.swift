import Zab

extension Script {
    /// The words after a command: plain ones in order, and `name=value`.
    struct Arguments {
        var plain: [String] = []
        var named: [String: String] = [:]

        init(_ words: [String]) {
            for word in words {
                let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
                if parts.count == 2 { named[parts[0]] = parts[1] } else { plain.append(word) }
            }
        }

        func word(_ place: Int) throws -> String {
            guard place < plain.count else { throw Failure(description: "too few words: \(plain)") }
            return plain[place]
        }

        func number(_ place: Int) throws -> Int {
            guard let number = Int(try word(place)) else { throw Failure(description: "no number: \(plain)") }
            return number
        }

        func epoch(_ place: Int) throws -> Epoch { Epoch(try number(place)) }

        func zxid(_ place: Int) throws -> Zxid { try Self.zxid(word(place)) }

        func zxid(_ name: String) throws -> Zxid? { try named[name].map { try Self.zxid($0) } }

        static func zxid(_ text: some StringProtocol) throws -> Zxid {
            let parts = text.split(separator: ".").compactMap { UInt32($0) }
            guard parts.count == 2 else { throw Failure(description: "no zxid: \(text)") }
            return Zxid(epoch: parts[0], counter: parts[1])
        }

        /// `1.1-1.5,2.1`. The same zxid is the same transaction on every disk of a script.
        static func records(_ text: String) throws -> [Record] {
            try text.split(separator: ",").flatMap { part in
                let ends = try part.split(separator: "-").map { try zxid($0) }
                return (ends[0].counter...ends[ends.count - 1].counter).map { counter in
                    let zxid = Zxid(epoch: ends[0].epoch, counter: counter)
                    return Record(zxid: zxid, mark: -Int(zxid.rawValue))
                }
            }
        }

        func ensemble() throws -> Ensemble {
            func ids(_ text: String) -> [Int] { text.split(separator: ",").compactMap { Int($0) } }
            func number(_ name: String, _ usual: Int) -> Int { named[name].flatMap { Int($0) } ?? usual }
            let made = Ensemble(
                voters: ids(try word(0)),
                observers: ids(named["observers"] ?? ""),
                groups: try groups(),
                tickMs: UInt64(number("tick", 100)),
                initLimit: UInt32(number("init", 10)),
                syncLimit: UInt32(number("sync", 5))
            )
            if let first = named["identities"].flatMap({ UInt64($0) }) {
                for index in made.nodes.indices {
                    made.nodes[index].configuration.candidateIdentity = first + UInt64(made.ids[index].rawValue)
                }
            }
            made.checksQuorum = !plain.contains("lone")
            return made
        }

        /// `1,2x0,3/4,5`: two groups; server 2 weighs nothing, the others 1.
        private func groups() throws -> [VoterGroup] {
            try (named["groups"] ?? "").split(separator: "/").map { group in
                VoterGroup(
                    try group.split(separator: ",").map { word in
                        let parts = word.split(separator: "x").compactMap { Int($0) }
                        guard let id = parts.first else { throw Failure(description: "no server: \(word)") }
                        return VoterGroup.Member(ServerID(id), weight: parts.count > 1 ? parts[1] : 1)
                    }
                )
            }
        }

        func fill(_ disk: inout Disk) throws {
            disk.acceptedEpoch = named["accepted"].flatMap { Epoch($0) } ?? 0
            disk.currentEpoch = named["current"].flatMap { Epoch($0) } ?? 0
            disk.membership = Membership(
                identity: named["identity"].flatMap { UInt64($0) } ?? 0,
                isConfirmed: named["confirmed"] == "yes"
            )
            disk.log = try named["log"].map { try Self.records($0) } ?? []
            disk.synced = disk.log.count
            disk.snapshot = try zxid("snapshot") ?? .zero
            disk.base = try zxid("base") ?? .zero
            disk.snapshotState = try named["state"].map { try Self.records($0) } ?? []
            disk.committed = try zxid("committed") ?? disk.snapshot
        }

        /// `input 1 durable 1.5`, `input 1 2 ackEpoch 1 1.5` (current epoch or `uncounted`, last zxid), `input 1 2 proposals 1.1 1.5 1.0`, `input 1 2 commit 1.5`,
        /// `input 1 2 looking ROUND LEADER EPOCH ZXID` (or `following`, `leading`), `input 1 2 link up`.
        func input() throws -> Input {
            if try word(1) == "durable" { return .durable(try zxid(2)) }
            let sender = ServerID(try number(1))
            switch try word(2) {
            case "proposals":
                return .proposals(from: sender, first: try zxid(3), last: try zxid(4), committed: try zxid(5))
            case "held": return .held(sender)
            case "link": return .quorumLink(sender, up: try word(3) == "up")
            case "looking": return .notification(from: sender, try notification(.looking))
            case "following": return .notification(from: sender, try notification(.following))
            case "leading": return .notification(from: sender, try notification(.leading))
            default: return .message(from: sender, try message())
            }
        }

        private func notification(_ state: PeerState) throws -> Notification {
            let vote = Vote(
                peerEpoch: try epoch(5),
                zxid: try zxid(6),
                leader: ServerID(try number(4))
            )
            return Notification(state: state, round: UInt64(try word(3)) ?? 0, vote: vote)
        }

        private func message() throws -> Message {
            switch try word(2) {
            case "learnerInfo":
                .learnerInfo(
                    acceptedEpoch: try epoch(3),
                    observer: false,
                    identity: named["identity"].flatMap { UInt64($0) } ?? 0
                )
            case "ackEpoch":
                .ackEpoch(
                    currentEpoch: try word(3) == "uncounted" ? Message.uncountedEpoch : try epoch(3),
                    history: HistorySummary(epochEnds: [try zxid(4)])
                )
            case "ack": .ack(try zxid(3))
            case "ackNewLeader": .ackNewLeader(try epoch(3))
            case "pong": .pong
            case "leaderInfo":
                .leaderInfo(newEpoch: try epoch(3), identity: named["identity"].flatMap { UInt64($0) } ?? 0)
            case "diff": .diff
            case "trunc": .trunc(to: try zxid(3))
            case "snap": .snap(try zxid(3))
            case "newLeader": .newLeader(try epoch(3), historyEnd: try zxid(4))
            case "upToDate": .upToDate(committed: try zxid(3))
            case "commit": .commit(try zxid(3))
            case "ping": .ping(committed: try zxid(3))
            default: throw Failure(description: "unknown message \(plain)")
            }
        }
    }
}
