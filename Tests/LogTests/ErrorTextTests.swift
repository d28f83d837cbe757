import Glibc
import Log
import Testing

@Suite struct ErrorTextTests {
    @Test(arguments: [EMFILE, ENFILE]) func tooManyOpenFilesIsNotTheDevicesFault(code: Int32) {
        let line = LogError.disk(DiskError(.open, "/x", code)).description
        #expect(line.contains("ulimit -n") && !line.contains("device"), "\(line)")
    }

    @Test func aFailedWriteIsTheDevicesFault() {
        #expect(LogError.disk(DiskError(.write, "/x", EIO)).description.contains("device"))
    }
}
