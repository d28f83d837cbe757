import Testing

@testable import Workload

@Suite struct LinkSectionTests {
    private func read(_ yaml: String, _ overrides: [String] = []) throws -> WorkloadFile {
        try WorkloadFile(yaml: yaml, source: "w.yaml", overrides: overrides)
    }

    private func ensemble(_ yaml: String, _ overrides: [String] = []) throws -> PlannedEnsemble {
        try #require(try read(yaml, overrides).plannedRuns().first).ensemble
    }

    private static let centres = """
        ensemble: {sizes: 5}
        links:
          delay_us: 50
          groups: {a: [1, 2], b: [3, 4], c: 5}
          between:
            - {name: near, groups: [a, b], delay_ms: 5, bandwidth_mbit_per_s: 1000}
            - {groups: [a, c], delay_us: 20_000}
            - {from: 1, to: [2, 5], delay_us: 7}
        """

    @Test func serversTalkDirectlyUnlessTheFileSaysOtherwise() throws {
        #expect(try ensemble("").links == PlannedLinks())
        #expect(try ensemble("links: {proxied: false}").links == PlannedLinks())
        #expect(try ensemble("links: {}").links == PlannedLinks(isProxied: true))
        #expect(try ensemble("", ["links.proxied=true"]).links.isProxied)
        #expect(try ensemble("").linksInWords == "")
        #expect(try ensemble("links: {}").linksInWords == "proxied")
    }

    @Test func groupsPairsAndTheUsual() throws {
        let links = try ensemble(Self.centres).links
        #expect(links.isProxied)
        let near = LinkCondition(delayMicroseconds: 5000, megabitsPerSecond: 1000)
        for (one, other) in [(1, 3), (1, 4), (2, 3), (2, 4)] {
            #expect(links[from: one, to: other] == near)
            #expect(links[from: other, to: one] == near)
        }
        #expect(links[from: 2, to: 5].delayMicroseconds == 20_000)
        #expect(links[from: 5, to: 1].delayMicroseconds == 20_000)
        // The later entry counts, in its one direction.
        #expect(links[from: 1, to: 5].delayMicroseconds == 7)
        #expect(links[from: 1, to: 2].delayMicroseconds == 7)
        // What no entry is about.
        for (one, other) in [(2, 1), (3, 4), (4, 3), (3, 5), (5, 4)] {
            #expect(links[from: one, to: other] == LinkCondition(delayMicroseconds: 50))
        }
        #expect(links.words == "proxied: 20 ways 7 to 20000us 1000 Mbit/s")
    }

    @Test func overridesReachEveryPart() throws {
        let links = try ensemble(
            Self.centres,
            ["links.between.near.delay_ms=0.25", "links.delay_us=3", "links.bandwidth_mbit_per_s=10.5"]
        ).links
        #expect(links[from: 4, to: 1].delayMicroseconds == 250)
        #expect(links[from: 4, to: 3] == LinkCondition(delayMicroseconds: 3, megabitsPerSecond: 10.5))
    }

    @Test func smallerEnsemblesHaveTheirPartOnly() throws {
        let file = try read("ensemble: {sizes: [1, 2, 3]}\nshuffle: false\nlinks: {delay_us: 5}")
        let links = file.plannedRuns().map(\.ensemble.links)
        #expect(links.map(\.ways.count) == [0, 2, 6])
        #expect(links.filter(\.isProxied).count == 3)
    }

    @Test(arguments: [
        (
            "ensemble: {sizes: [5, 3]}\nlinks: {groups: {a: [1, 4]}}",
            "w.yaml:2: links.groups.a: server 4 does not exist in the ensemble of 3 servers that ensemble.sizes asks for"
        ),
        (
            "links: {between: [{from: 1, to: 9}]}",
            "w.yaml:1: links.between[0].to: server 9 does not exist in the ensemble of 3 servers that ensemble.sizes asks for"
        ),
        (
            "links: {groups: {a: 1, b: [2, 1]}}",
            "w.yaml:1: links.groups.b: server 1 is in group a already; each server in one group"
        ),
        (
            "links: {groups: {a: 1, b: 2}, between: [{groups: [a, c]}]}",
            "w.yaml:1: links.between[0].groups: no group is named c; there are a, b"
        ),
        (
            "links: {between: [{groups: [a, c]}]}",
            "w.yaml:1: links.between[0].groups: no group is named a; links.groups is missing"
        ),
        (
            "links: {groups: {a: 1, b: 2}, between: [{groups: [a, a]}]}",
            "w.yaml:1: links.between[0].groups: two different groups expected: [a, b]"
        ),
        ("links: {between: [{from: 1, to: 1}]}", "w.yaml:1: links.between[0].to: a server has no link with itself"),
        (
            "links: {between: [{from: 1}]}",
            "w.yaml:1: links.between[0].groups: missing; a section says groups: [a, b], or from: and to: with servers"
        ),
        (
            "links: {groups: {a: 1, b: 2}, between: [{groups: [a, b], to: 1}]}",
            "w.yaml:1: links.between[0].to: groups is there, too, and covers both directions; keep one of them"
        ),
        (
            "links: {between: 5}",
            "w.yaml:1: links.between: a list of sections expected: [{groups: [a, b], delay_us: 5000}]"
        ),
        (
            "links: {groups: [1, 2]}",
            "w.yaml:1: links.groups: a table of names, each with its servers, expected: {a: [1, 2], b: [3]}"
        ),
        ("links: {delay_us: 1, delay_ms: 1}", "w.yaml:1: links.delay_ms: delay_us is there, too; keep one of them"),
        ("links: {delay_us: -1}", "w.yaml:1: links.delay_us: \"-1\" is not a whole number from 0 to 60000000"),
        (
            "links: {bandwidth_mbit_per_s: 0}",
            "w.yaml:1: links.bandwidth_mbit_per_s: \"0\" is not a number from 0.1 to 1000000"
        ),
        (
            "links: {proxied: false, delay_us: 1}",
            "w.yaml:1: links.delay_us: servers that talk directly (proxied: false) have what the machine has"
        ),
        (
            "ensemble: {placement: embedded}\nlinks: {}",
            "w.yaml:2: links: the proxy lies between servers that are processes of ours; with placement: embedded the servers talk directly"
        ),
        (
            "ensemble: {placement: external}\nlinks: {delay_us: 1}",
            "w.yaml:2: links: the proxy lies between servers that are processes of ours; with placement: external the servers talk directly"
        ),
        (
            "ensemble: {placement: external}\ninject: {sync_us: 1}",
            "w.yaml:2: inject: nothing can be injected into servers that run already (placement: external)"
        ),
        (
            "ensemble: {placement: embedded}\ninject: {link_us: 1}",
            "w.yaml:2: inject.link_us: the link's delay is the proxy's, which lies between servers that are processes of ours; with placement: embedded the servers talk directly"
        ),
        (
            "inject: {link_us: 1, link_server: 4}",
            "w.yaml:1: inject.link_server: server 4 does not exist in the ensemble of 3 servers that ensemble.sizes asks for"
        ),
        (
            "inject: {link_server: 2}",
            "w.yaml:1: inject.link_server: says whose links are slow, but link_us is missing or 0"
        ),
        (
            "inject: {link_us: 1, link_server: [1, 2]}",
            "w.yaml:1: inject.link_server: the id of one server expected"
        ),
        (
            "ensemble: {sizes: 1}\ninject: {link_us: 1}",
            "w.yaml:2: inject.link_us: an ensemble of 1 server has no links"
        ),
        (
            "inject: {link_us: 1}\nlinks: {proxied: false}",
            "w.yaml:1: inject.link_us: links.proxied is false, and only proxied links can be delayed"
        ),
        (
            "inject: {delay: 1}",
            "w.yaml:1: unknown key inject.delay; did you mean links.delay_us? Allowed are sync_us, leader_loop_us, write_ns, link_us, link_server, stall"
        ),
        ("null_target: maybe", "w.yaml:1: null_target: \"maybe\" is not true or false"),
    ])
    func whatMakesNoSenseIsNamed(yaml: String, problem: String) throws {
        let error = try #require(throws: WorkloadError.self) { try read(yaml) }
        #expect(error.description == problem)
    }

    @Test func whatIsInjectedIsKnown() throws {
        #expect(try ensemble("").injection.words == "")
        let all = try ensemble(
            "inject: {sync_us: 2000, leader_loop_us: 10, write_ns: 90, link_us: 5_000, link_server: 2}"
        )
        #expect(all.injection.words == "sync 2000us, leader loop 10us, each write 90ns, link of server 2 5000us")
        #expect(all.linksInWords == "proxied")
        #expect(try ensemble("ensemble: {placement: embedded}\ninject: {sync_us: 5}").injection.syncMicroseconds == 5)
        #expect(try ensemble("inject: {link_us: 0}").linksAsInjected == PlannedLinks())
    }

    @Test func anInjectedDelayIsAddedInBothDirectionsOfOneServer() throws {
        let planned = try ensemble("links: {delay_us: 100}\ninject: {link_us: 5000}")
        let links = planned.linksAsInjected
        for (one, other, delay) in [(1, 2, 5100), (2, 1, 5100), (3, 1, 5100), (1, 3, 5100), (2, 3, 100), (3, 2, 100)] {
            #expect(links[from: one, to: other].delayMicroseconds == delay)
        }
        #expect(planned.linksInWords == "proxied: 6 ways 100us")
    }

    @Test func theNullTargetIsAskedFor() throws {
        #expect(try !read("").wantsNullTarget)
        #expect(try read("", ["null_target=true"]).wantsNullTarget)
    }
}
