import Foundation
import Targets
import TestSupport
import Testing

/// `make dist`, but for the build itself, which .ci/run makes and tries.
@Suite struct DistTests {
    private let folder = TemporaryFolder()
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    private func dist(_ arguments: [String], environment: [String: String] = [:]) throws -> ProgramRun {
        try ProgramRun("\(Self.root)/scripts/dist.sh", arguments, in: Self.root, environment: environment)
    }

    private func steps(of target: String) throws -> [Substring] {
        let make = try ProgramRun("/usr/bin/env", ["make", "--dry-run", target], in: Self.root)
        try #require(make.status == 0, "\(make.errors)")
        return make.output.split(separator: "\n")
    }

    private static func text(_ path: String) throws -> String {
        try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)
    }

    /// A compiler that finds every archive but this one.
    private func compiler(without library: String) throws -> String {
        let script = """
            #!/bin/sh
            case $1 in
            -print-file-name=lib\(library).a) echo "lib\(library).a" ;;
            *) echo "$0" ;;
            esac
            """
        try folder.write(Array(script.utf8), "compiler")
        let path = folder.path(of: "compiler")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return path
    }

    @Test(arguments: [
        ("jemalloc", "libjemalloc-dev"), ("uring", "liburing-dev"), ("z", "zlib1g-dev"),
        ("stdc++", "libstdc++-12-dev"),
    ])
    func anArchiveThatIsMissingIsNamedWithItsPackage(library: String, package: String) throws {
        let result = try dist(["--libraries"], environment: ["CC": compiler(without: library)])
        #expect(result.status == 1 && result.output == "")
        #expect(
            result.errors
                == "dist: lib\(library).a is not here, and the program cannot do without; apt-get install \(package)\n"
        )
    }

    @Test func archivesThatAreThereAreNoNews() throws {
        let result = try dist(["--libraries"], environment: ["CC": compiler(without: "none")])
        #expect(result.status == 0 && result.output == "" && result.errors == "")
    }

    /// Before five minutes of a build.
    @Test func archivesAreLookedForFirst() throws {
        let steps = try steps(of: "dist")
        let places = [
            "scripts/dist.sh --libraries", "swift build -c release --static-swift-stdlib ", "scripts/dist.sh",
        ]
        .map { words in steps.lastIndex { $0.hasPrefix(words) } }
        let found = places.compactMap(\.self)
        #expect(found.count == 3 && found == found.sorted() && Set(found).count == 3, "\(steps)")
    }

    @Test func nothingIsTriedOfAProgramThatIsNotThere() throws {
        let result = try dist(["--check"], environment: ["DIST": folder.path(of: "none")])
        #expect(result.status == 1)
        #expect(result.errors == "dist: \(folder.path(of: "none"))/zabbench is not there; run make dist first\n")
    }

    /// What is tried is a file that a user can have: one with a library of this machine is refused unrun.
    @Test func aProgramThatNeedsMoreIsNotOneFile() throws {
        try folder.make("dist")
        let program = folder.path(of: "dist/zabbench")
        try FileManager.default.copyItem(atPath: ZabbenchProgram.path(), toPath: program)
        let result = try dist(["--check"], environment: ["DIST": folder.path(of: "dist")])
        #expect(result.status == 1 && result.output == "")
        #expect(result.errors.hasPrefix("dist: \(program) is not one file: it needs "))
        #expect(result.errors.contains("libswiftCore.so") && result.errors.contains("libjemalloc.so.2"))
        #expect(result.errors.split(separator: "\n").count == 1)
    }

    @Test(arguments: [["--chekc"], ["--check", "more"]]) func wrongUseIsAnsweredWithTheUsage(arguments: [String]) throws
    {
        let result = try dist(arguments)
        #expect(result.status == 64 && result.errors.contains("scripts/dist.sh --check "))
    }

    @Test func whatIsMadeIsNoSourceAndIsCleanedAway() throws {
        #expect(try Self.text(".gitignore").split(separator: "\n").contains("/dist/"))
        #expect(try steps(of: "clean").contains { $0.split(separator: " ").contains("dist") })
    }

    /// The image cannot be built where there are no containers; that what it copies is there can be seen.
    @Test func theImageCopiesWhatThereIs() throws {
        let copied = try Self.text("deploy/Dockerfile").split(separator: "\n").filter { $0.hasPrefix("COPY ") }
            .compactMap { line in line.split(separator: " ").dropFirst().dropLast().last.map(String.init) }
        #expect(copied == ["LICENSE", "workloads/", "dist/zabbench"])
        for path in copied where !path.hasPrefix("dist/") {
            #expect(FileManager.default.fileExists(atPath: "\(Self.root)/\(path)"))
        }
        // Docker is sent nothing else, and all of that.
        let sent = try Self.text("deploy/Dockerfile.dockerignore").split(separator: "\n")
        for path in copied { #expect(sent.contains("!" + path.trimmingCharacters(in: ["/"]))) }
        #expect(sent.contains("*"))
    }

    /// A program that was copied without anything else has no workloads, and says what it can do about that.
    @Test func aProgramAloneSaysWhereAWorkloadComesFrom() throws {
        let program = folder.path(of: "zabbench")
        try FileManager.default.copyItem(atPath: ZabbenchProgram.path(), toPath: program)
        let missing = try ProgramRun(program, ["run", "workloads/quick.yaml"], in: folder.path)
        #expect(missing.status == 64)
        #expect(
            missing.errors
                == "zabbench: workloads/quick.yaml: no such file; zabbench init latency writes one to start from\n"
        )
        #expect(try ProgramRun(program, ["init", "latency"], in: folder.path).status == 0)
        #expect(try ProgramRun(program, ["run", "latency.yaml", "--dry-run"], in: folder.path).status == 0)
    }
}
