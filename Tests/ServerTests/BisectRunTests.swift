import Foundation
import Targets
import TestSupport
import Testing

/// `zabbench ab --bisect` and `--where` as their users call them: a real repository, whose commits build this program
/// with a slowdown that the commit says.
@Suite(.serialized, .timeLimit(.minutes(10))) struct BisectRunTests {
    /// The operations in flight alone are as many as a valid run needs, however slow the machine is.
    private static let workload = """
        name: tiny
        ensemble: {sizes: 1}
        warmup_s: 0
        duration_s: 1
        load: {clients: 8, outstanding: 256, keys: 80}
        """

    /// A server that burns so many nanoseconds a write, and is this program otherwise.
    private static func build(_ program: String) -> String {
        let server = """
            #!/bin/sh
            if [ "$1" = serve ]; then echo "zabbench.inject.writeNanoseconds=BURNT" >> "$2"; fi
            exec \(program) "$@"
            """
        return """
            mkdir -p .build/release && test "$(cat slow)" != broken && cat > .build/release/zabbench <<'END'
            \(server)
            END
            sed -i "s/BURNT/$(cat slow)/" .build/release/zabbench && chmod +x .build/release/zabbench
            """
    }

    /// Commits by what they burn.
    private func desk(_ root: TemporaryFolder, _ commits: [String]) throws -> (desk: GitDesk, hashes: [String]) {
        let desk = try GitDesk(root.make("repository"))
        try root.write(Self.workload.utf8, "repository/w.yaml")
        let hashes = try commits.enumerated().map { number, slow in
            try desk.commit("commit \(number)", ["slow": slow, ".gitignore": ".build\nresults\ndata\n"])
        }
        return (desk, hashes)
    }

    private func ab(_ arguments: [String], in root: TemporaryFolder) throws -> ProgramRun {
        let program = try ZabbenchProgram.path()
        return try ProgramRun(
            program,
            ["ab", "w.yaml", "--data", "data", "--build", Self.build(program), "--seed", "1"] + arguments,
            in: root.path(of: "repository"),
            environment: ["XDG_CACHE_HOME": root.path(of: "cache")]
        )
    }

    /// Six commits, the fourth of which burns more than all else takes; the one before it cannot be built.
    @Test func theFirstBadCommitIsNamed() throws {
        let root = TemporaryFolder()
        let (_, hashes) = try desk(root, ["0", "0", "0", "broken", "150000", "150000", "150000"])
        let result = try ab(
            ["--bisect", "\(hashes[0])..main", "--pairs", "6", "--metrics", "achieved_per_s", "--level", "0.05"]
                + ["--confidence", "0.8"],
            in: root
        )
        // Next to a commit that cannot be built the answer is the two of them.
        #expect(result.status == 3, "\(result.errors)")
        #expect(result.output.contains("Bisection of 6 commits by achieved_per_s"), "\(result.output)\(result.errors)")
        #expect(result.output.contains("skipped, it cannot be built"))
        #expect(result.output.contains("the first bad commit is one of 2, with a confidence of "))
        #expect(result.output.contains("\(hashes[3].prefix(12)) commit 3\n\(hashes[4].prefix(12)) commit 4"))
        #expect(result.output.contains("by thread, us of processor time a write, 6 pairs"))
        #expect(result.output.contains("by stage, us of a write's time"))
        #expect(result.output.contains("\nby function"))
        // Where perf is, it has seen something.
        let hasPerf = (try? ProgramRun("/usr/bin/env", ["perf", "record", "-o", "/dev/null", "true"]).status) == 0
        #expect(!hasPerf || result.output.contains("by function, us of processor time a write, by perf's samples, "))
    }

    @Test func endsThatDoNotDifferEndIt() throws {
        let root = TemporaryFolder()
        let (_, hashes) = try desk(root, ["0", "0"])
        // A margin that no noise reaches.
        let result = try ab(
            ["--bisect", "\(hashes[0])..main", "--pairs", "2", "--metrics", "achieved_per_s", "--lenient"]
                + ["--margin", "achieved_per_s=900"],
            in: root
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("No metric regressed between the ends, so there is no commit to find."))
    }

    @Test(arguments: [
        (["--bisect", "main"], "--bisect main: give two commits as GOOD..BAD"),
        (["--bisect", "a...b"], "--bisect a...b: give two commits as GOOD..BAD"),
        (["--bisect", "a..b", "--a", "c"], "--bisect GOOD..BAD names both builds: leave out --a and --b"),
        (["--bisect", "a..b", "--budget", "0"], "--budget 0.0: give minutes, more than 0"),
        (["--bisect", "a..b", "--confidence", "1"], "--confidence 1.0: give a chance"),
        (["--a", "main"], "name both builds with --a and --b, or a range of commits with --bisect GOOD..BAD"),
        (["--bisect", "main..main"], "main..main: both are the commit "),
        (["--bisect", "v1..main"], "v1: neither a program nor a commit of the repository here (git: "),
        (["--bisect", "main..main~1"], "main is no ancestor of main~1"),
    ])
    func whatCannotBeFoundIsRefusedAtOnce(arguments: [String], problem: String) throws {
        let root = TemporaryFolder()
        _ = try desk(root, ["0", "0"])
        let result = try ab(arguments, in: root)
        #expect(result.status == 64)
        #expect(result.errors.contains(problem), "\(result.errors)")
    }
}
