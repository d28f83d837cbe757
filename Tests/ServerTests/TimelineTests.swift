import CPlatform
import Client
import NIOCore
import NIOPosix
import Targets
import Testing
import Wire

/// What the servers tell of elections and batches, joined by zxid and by the one clock of the machine.
@Suite(.serialized) struct TimelineTests {
    /// The lines of an answer, each as its words.
    private static func lines(_ text: String, _ word: String) -> [[Substring]] {
        text.split(separator: "\n").map { $0.split(separator: "\t") }.filter { $0[0] == word }
    }

    /// The group commit that a transaction is in, which may have later ones in it, too.
    private static func group(of zxid: String, in text: String) -> [Substring]? {
        guard let wanted = UInt64(zxid, radix: 16) else { return nil }
        return lines(text, "group").first { UInt64($0[1], radix: 16).map { $0 >= wanted } ?? false }
    }

    @Test func anElectionIsTimedByEveryServer() async throws {
        try await TestEnsemble.with { ensemble, _ in
            let leader = try #require(await ensemble.servers.leader())
            var journals: [Int: [[Substring]]] = [:]
            for server in ensemble.servers.servers {
                let text = try await fourLetterWord("zphs", server.endpoint)
                #expect(text.hasPrefix("server\t\(server.id)\n"))
                journals[server.id] = Self.lines(text, "phase")
                let times = Self.lines(text, "phase").compactMap { UInt64($0[1]) }
                #expect(times.count == Self.lines(text, "phase").count && times == times.sorted())
                if server.id != leader.id { #expect(Self.lines(text, "sync").last?[3] == "\(leader.id)") }
            }
            let words = journals.mapValues { $0.map { String($0[2]) } }
            #expect(words[leader.id]?.suffix(3) == ["looking", "preparing", "leading"])
            let established = try #require(journals[leader.id]?.last)
            let elected = try #require(journals[leader.id]?.last { $0[2] == "preparing" })
            for (id, phases) in journals where id != leader.id {
                #expect(phases.map { String($0[2]) }.suffix(3) == ["looking", "joining", "following"])
                let serving = try #require(phases.last)
                #expect(serving[3] == established[3] && serving[4] == "\(leader.id)")
                // The leader's own note may come after a follower has heard of it.
                #expect(try #require(UInt64(serving[1])) > #require(UInt64(elected[1])))
            }
        }
    }

    @Test func aWriteIsTimedAtEveryStation() async throws {
        try await TestEnsemble.with { ensemble, group in
            let leader = try #require(await ensemble.servers.leader())
            let follower = try #require(ensemble.servers.servers.first { $0.id != leader.id })
            let endpoints = ensemble.servers.servers
            // The first question only begins the recording.
            for server in endpoints {
                #expect(Self.lines(try await fourLetterWord("zbat", server.endpoint), "batch").isEmpty)
            }
            let client = try await ZooKeeperClient.connect(
                endpoints: [follower.endpoint.description],
                eventLoopGroup: group
            )
            let before = zb_monotonic_nanoseconds()
            try await client.create("/timed", data: [1])
            let after = zb_monotonic_nanoseconds()
            let zxid = String(try #require(await client.exists("/timed")).czxid, radix: 16)
            try await client.sync("/timed")
            await client.close()

            // The followers may have been a quorum before the leader's own sync was over.
            var told = try await fourLetterWord("zbat", leader.endpoint)
            #expect(Self.lines(told, "lost").first?[1] == "0")
            for _ in 0..<1000 where Self.group(of: zxid, in: told) == nil {
                told += try await fourLetterWord("zbat", leader.endpoint)
            }
            let batch = try #require(Self.lines(told, "batch").first { $0[2] == zxid }).dropFirst(3)
            let handed = try #require(UInt64(batch[5]))
            #expect(try before <= #require(UInt64(batch[3])) && handed <= after)
            #expect(try #require(UInt64(batch[3])) <= #require(UInt64(batch[4])))
            #expect(try #require(UInt64(batch[4])) <= handed)
            let group = try #require(Self.group(of: zxid, in: told))
            #expect(try handed <= #require(UInt64(group[2])) && #require(UInt64(group[2])) < #require(UInt64(group[3])))
            let commit = try #require(Self.lines(told, "commit").first { $0[1] == zxid })
            #expect(
                try #require(UInt64(commit[2])) <= #require(UInt64(commit[3])) && #require(UInt64(commit[3])) <= after
            )
            #expect(Self.lines(told, "ack").contains { $0[2] == zxid })

            let entry = try await fourLetterWord("zbat", follower.endpoint)
            let read = try #require(Self.lines(entry, "batch").first { $0[2] == zxid })
            #expect(
                try handed <= #require(UInt64(read[3])),
                "the leader hands it to log and links before a follower reads it"
            )
            let known = try #require(Self.lines(entry, "commit").first { $0[1] == zxid })
            let reply = try #require(Self.lines(entry, "reply").first { $0[1] == zxid })
            #expect(try #require(UInt64(commit[2])) <= #require(UInt64(known[2])))
            #expect(try #require(UInt64(known[3])) <= #require(UInt64(reply[2])) && #require(UInt64(reply[2])) <= after)

            // What was told once is not told again.
            #expect(!(try await fourLetterWord("zbat", leader.endpoint)).contains("batch\t\(zxid)"))
        }
    }
}
