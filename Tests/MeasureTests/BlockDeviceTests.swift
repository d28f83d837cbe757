import TestSupport
import Testing

@testable import Measure

@Suite struct BlockDeviceTests {
    @Test func theKernelsFieldsAreFound() {
        let now = " 5467921 682117 3236316266 59349664 29710179 458842 1196283832 2548652 0 4052044 63014607 "
        let with = BlockDevice.counters(stat: now + "499635 99 457811968 669041 12889474 447248\n")
        #expect(with == BlockDevice.Counters(writes: 29_710_179, sectorsWritten: 1_196_283_832, flushes: 12_889_474))
        #expect(with?.bytesWritten == 1_196_283_832 * 512)
        // Kernels before 4.18 have eleven fields, those before 5.5 fifteen.
        #expect(BlockDevice.counters(stat: now)?.flushes == nil)
        #expect(BlockDevice.counters(stat: now + "1 2 3 4")?.flushes == nil)
        #expect(BlockDevice.counters(stat: "1 2 3") == nil)
        #expect(BlockDevice.counters(stat: "a b c d e f g h i j k") == nil)
    }

    /// A disk and its partition, as sysfs lays them out.
    @Test func aPartitionIsItsDisk() throws {
        let folder = TemporaryFolder()
        let root = try folder.make("block")
        try folder.make("block/vdx/vdx1")
        try folder.write("1 2 3 4 5 6 7 8 9 10 11\n".utf8, "block/vdx/stat")
        try folder.write("9 9 9 9 9 9 9 9 9 9 9\n".utf8, "block/vdx/vdx1/stat")
        try folder.write("1\n".utf8, "block/vdx/vdx1/partition")
        let disk = try #require(BlockDevice(sysfs: root + "/vdx"))
        let partition = try #require(BlockDevice(sysfs: root + "/vdx/vdx1"))
        #expect(partition == disk)
        #expect(partition.name == "vdx")
        #expect(partition.counters()?.writes == 5)
        #expect(BlockDevice(sysfs: root + "/none") == nil)
        #expect(BlockDevice(path: "/nonexistent") == nil)
        #expect(BlockDevice(path: "/proc") == nil)
    }
}
