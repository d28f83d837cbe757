import Foundation
import Glibc
import Measure
import TestSupport
import Testing

@Suite struct SystemReasonTests {
    @Test(arguments: [
        (ENOSPC, "No space left on device; free some space"),
        (EIO, "Input/output error; the disk or its file system may have failed, check dmesg"),
        (EACCES, "Permission denied; change its permissions"), (ENOTDIR, "Not a directory"),
    ])
    func theSystemsWordsComeWithAdvice(code: Int32, words: String) {
        #expect(SystemReason(code: code).words(or: nil) == words)
        let other = SystemReason(code: code).words(or: "choose another folder")
        #expect(other.hasPrefix(words) && other.hasSuffix("choose another folder"))
    }

    @Test func foundationsErrorsAreReadForTheSystems() throws {
        let folder = TemporaryFolder()
        try folder.write([], "file")
        let error = try #require(throws: (any Error).self) {
            try FileManager.default.createDirectory(
                atPath: folder.path(of: "file/below"),
                withIntermediateDirectories: true
            )
        }
        let words = SystemReason.words(of: error, or: "choose another")
        #expect(words == "Not a directory; choose another", "\(words)")
    }
}
