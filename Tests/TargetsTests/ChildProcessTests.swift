import Foundation
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
}
