import CPlatform
import Foundation
import Glibc
import Measure
import TestSupport
import Testing

@testable import Targets

@Suite struct JanitorOrderTests {
    @Test(arguments: [
        JanitorOrder.remove(folder: "/a folder/x"), .removeIfEmpty(folder: "/a b"), .keepFolders,
        .starting(folder: "/x"),
        .started(pid: 42, startTicks: 99), .ended(pid: 42),
    ])
    func ordersSurviveThePipe(_ order: JanitorOrder) {
        #expect(order.line.hasSuffix("\n"))
        #expect(JanitorOrder(line: String(order.line.dropLast())) == order)
    }

    @Test(arguments: [
        "", "remove", "remove relative", "started 1 5", "started -1 5", "started 0 5", "started 42", "started x y",
        "ended", "keep it", "unknown /x",
    ])
    func nonsenseIsNoOrder(_ line: String) { #expect(JanitorOrder(line: line) == nil) }
}

/// Real processes: a harness that is killed, its servers, its janitor.
@Suite struct JanitorTests {
    private let temporary = TemporaryFolder()
    private var folder: String { temporary.path }

    static func child(_ script: String, in folder: String) throws -> ChildProcess {
        try ChildProcess(executable: "/bin/sh", arguments: ["-c", script], directory: folder, outputPath: "/dev/null")
    }

    @Test func itKillsWhatItWasToldAndRemovesTheFolder() async throws {
        let data = folder + "/data/run"
        try FileManager.default.createDirectory(atPath: data + "/deep", withIntermediateDirectories: true)
        let told = try Self.child("exec sleep 1000", in: folder)
        let ended = try Self.child("exec sleep 1000", in: folder)
        let link = try JanitorLink(executable: ZabbenchProgram.path())
        try link.send(.removeIfEmpty(folder: folder + "/data"))
        try link.send(.removeIfEmpty(folder: folder))
        try link.send(.remove(folder: data))
        try link.send(.started(pid: told.pid, startTicks: told.startTicks))
        try link.send(.started(pid: ended.pid, startTicks: ended.startTicks))
        try link.send(.ended(pid: ended.pid))
        await link.finish()
        #expect(await told.waitForExit(seconds: 10) == .signal(SIGKILL))
        #expect(ended.exit == nil)
        #expect(!FileManager.default.fileExists(atPath: data))
        // One of these held nothing else.
        #expect(!FileManager.default.fileExists(atPath: folder + "/data"))
        #expect(FileManager.default.fileExists(atPath: folder))
        ended.send(signal: SIGKILL)
        #expect(await ended.waitForExit(seconds: 10) == .signal(SIGKILL))
    }

    @Test func aPidThatWasUsedAgainIsSpared() async throws {
        let other = try Self.child("exec sleep 1000", in: folder)
        var janitor = Janitor()
        janitor.take(.started(pid: other.pid, startTicks: other.startTicks - 1))
        #expect(janitor.cleanUp().isEmpty)
        #expect(other.exit == nil)
        #expect(kill(other.pid, 0) == 0)
        await other.stop(seconds: 5)
        #expect(other.exit == .signal(SIGTERM))
    }

    @Test func aServerThatItWasNotToldOfInTimeDiesToo() async throws {
        let real = try #require(realpath(folder, nil).map { String(cString: $0) })
        try FileManager.default.createDirectory(atPath: real + "/other", withIntermediateDirectories: true)
        let untold = try Self.child("exec sleep 1000", in: real)
        let elsewhere = try Self.child("exec sleep 1000", in: real + "/other")
        var janitor = Janitor()
        janitor.take(.starting(folder: real))
        #expect(janitor.cleanUp().isEmpty)
        #expect(await untold.waitForExit(seconds: 10) == .signal(SIGKILL))
        #expect(elsewhere.exit == nil)
        await elsewhere.stop(seconds: 5)
    }

    @Test func keptFoldersStay() async throws {
        var janitor = Janitor()
        janitor.take(.keepFolders)
        janitor.take(.remove(folder: folder))
        #expect(janitor.cleanUp().isEmpty)
        #expect(FileManager.default.fileExists(atPath: folder))
    }

    @Test func afterTheJanitorsDeathNothingIsStarted() async throws {
        signal(SIGPIPE, SIG_IGN)
        let link = try JanitorLink(executable: "/bin/true")
        // The program ends by itself; its end of the pipe closes with it.
        _ = await link.waitForJanitor(seconds: 10)
        #expect(throws: TargetError.self) { try link.send(.keepFolders) }
    }

    /// How the harness is ended, and the exit that follows.
    @Test(arguments: [
        (SIGKILL, ChildProcess.Exit.signal(SIGKILL)), (SIGINT, .code(130)), (SIGTERM, .code(130)),
    ])
    func whateverEndsTheHarnessItsServersDie(_ signal: Int32, _ exit: ChildProcess.Exit) async throws {
        let harness = try HarnessUnderTest(folder: folder)
        let servers = try harness.waitForServers(count: 3)
        #expect(servers.allSatisfy { kill($0, 0) == 0 })
        #expect(FileManager.default.fileExists(atPath: folder + "/disk"))
        let ends = servers.map { zb_pidfd_open($0) }
        defer { for end in ends { close(end) } }
        harness.process.send(signal: signal)
        #expect(await harness.process.waitForExit(seconds: 30) == exit)
        // The harness and its janitor are the only writers: the end of the text is the end of both.
        harness.readToEnd()
        for end in ends {
            var wait = pollfd(fd: end, events: Int16(POLLIN), revents: 0)
            #expect(poll(&wait, 1, 10_000) == 1)
        }
        #expect(!FileManager.default.fileExists(atPath: folder + "/disk"))
        // No run was completed, so nothing is the latest.
        let results = try FileManager.default.contentsOfDirectory(atPath: folder + "/results")
        #expect(results.count == 1 && results[0] != "latest")
        #expect(FileManager.default.fileExists(atPath: "\(folder)/results/\(results[0])/manifest.json"))
    }
}

/// `zabbench run` with servers that never serve: the harness waits for them until it is ended.
struct HarnessUnderTest {
    let process: ChildProcess
    private let output: FileHandle
    private let pids: FileHandle

    init(folder: String) throws {
        // Each server says its pid on a named pipe that the test reads, then sleeps.
        let pipe = folder + "/pids"
        guard mkfifo(pipe, 0o600) == 0 else { throw TargetError("no named pipe") }
        let server = folder + "/server.sh"
        try Data("#!/bin/sh\necho $$ > \(pipe)\nexec sleep 1000\n".utf8).write(to: URL(fileURLWithPath: server))
        chmod(server, 0o755)
        let workload = folder + "/w.yaml"
        try Data("name: w\nensemble: {sizes: [3]}\n".utf8).write(to: URL(fileURLWithPath: workload))
        // Opened for both directions, so that the pipe has a writer as long as the test wants to read.
        let text = open(folder + "/pids", O_RDWR | O_CLOEXEC)
        pids = FileHandle(fileDescriptor: text, closeOnDealloc: true)
        let script =
            "exec '\(try ZabbenchProgram.path())' run '\(workload)' --server '\(server)' --data '\(folder)/disk' "
            + "--no-verdict --results '\(folder)/results'"
        let words = folder + "/stderr"
        guard mkfifo(words, 0o600) == 0 else { throw TargetError("no named pipe") }
        // A reader first, without blocking, so that the child's open for writing does not block either.
        let reader = open(words, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        process = try ChildProcess(
            executable: "/bin/sh",
            arguments: ["-c", script],
            directory: folder,
            outputPath: words
        )
        _ = fcntl(reader, F_SETFL, fcntl(reader, F_GETFL) & ~O_NONBLOCK)
        output = FileHandle(fileDescriptor: reader, closeOnDealloc: true)
    }

    /// Waits until so many servers have said their pid.
    ///
    /// - Throws: where none says it for half a minute.
    func waitForServers(count: Int) throws -> [Int32] {
        var text = ""
        while text.split(separator: "\n").count < count {
            var wait = pollfd(fd: pids.fileDescriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, 30_000) == 1 else { throw TargetError("the servers were not started") }
            text += String(decoding: pids.availableData, as: UTF8.self)
        }
        return text.split(separator: "\n").compactMap { Int32($0) }
    }

    func readToEnd() { _ = try? output.readToEnd() }
}
