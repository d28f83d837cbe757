import CPlatform
import Foundation
import Glibc
import TestSupport
import Testing

@testable import Targets

@Suite struct ChildProcessTests {
    /// A thread of libdispatch has a niceness of its own, and servers that have it would be measured as if a user had asked
    /// for that. Only root may give a child more than its thread has.
    @Test(.enabled(if: geteuid() == 0)) func aChildIsAsNiceAsTheProcess() async throws {
        let folder = TemporaryFolder()
        let output = folder.path(of: "nice")
        let ours = getpriority(Int32(PRIO_PROCESS.rawValue), id_t(getpid()))
        let child = try await withCheckedThrowingContinuation { (done: CheckedContinuation<ChildProcess, any Error>) in
            Thread.detachNewThread {
                // Of this thread alone, which ends with it.
                setpriority(Int32(PRIO_PROCESS.rawValue), 0, min(19, ours + 7))
                done.resume(
                    with: Result {
                        try ChildProcess(
                            executable: "/usr/bin/nice",
                            arguments: [],
                            directory: folder.path,
                            outputPath: output
                        )
                    }
                )
            }
        }
        #expect(await child.waitForExit(seconds: 60) == .code(0))
        #expect(String(decoding: try folder.read("nice"), as: UTF8.self) == "\(ours)\n")
    }

    /// A script that does not become its server leaves it behind when it is stopped.
    @Test func whatItHasStartedEndsWithIt() async throws {
        let folder = TemporaryFolder()
        let pipe = folder.path(of: "said")
        try #require(mkfifo(pipe, 0o600) == 0)
        // A reader first, without blocking, so that the child's open for writing does not block either.
        let reader = open(pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        defer { close(reader) }
        let script = try ChildProcess(
            executable: "/bin/sh",
            arguments: ["-c", "sleep 1000 & echo $!; wait"],
            directory: folder.path,
            outputPath: pipe,
            takesGroupAlong: true
        )
        var readable = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
        try #require(poll(&readable, 1, 30_000) == 1)
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = read(reader, &bytes, bytes.count)
        try #require(count > 1)
        let pid = try #require(Int32(String(decoding: bytes[..<(count - 1)], as: UTF8.self)))
        let server = zb_pidfd_open(pid)
        defer { close(server) }
        try #require(server >= 0)
        await script.stop(seconds: 30)
        var end = pollfd(fd: server, events: Int16(POLLIN), revents: 0)
        #expect(poll(&end, 1, 30_000) == 1)
    }
}
