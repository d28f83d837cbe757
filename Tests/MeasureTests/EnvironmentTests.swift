import Foundation
import Testing

@testable import Measure

@Suite struct EnvironmentTests {
    static let sample = Environment(
        cpuModel: "Example CPU @ 3 GHz",
        cores: 8,
        memoryBytes: 1 << 34,
        operatingSystem: "Debian",
        kernel: "6.18.1",
        architecture: "x86_64",
        swiftCompiler: "6.3",
        buildConfiguration: "release",
        allocator: "jemalloc 5.3.0",
        storage: StorageFacts(fileSystem: "ext4", mountOptions: ["rw"], source: "/dev/vda", writeCache: "write back")
    )

    @Test func equalFactsHaveTheSameDigestEverywhere() {
        #expect(Self.sample.digest == "23ac02ce69c70fb5")
    }

    @Test func everyFactMovesTheDigest() {
        var changed: [Environment] = []
        for change: (inout Environment) -> Void in [
            { $0.cpuModel = "Other" }, { $0.cores = 4 }, { $0.memoryBytes = 1 << 33 }, { $0.operatingSystem = "Other" },
            { $0.kernel = "6.18.2" }, { $0.architecture = "aarch64" }, { $0.swiftCompiler = "6.4" },
            { $0.buildConfiguration = "debug" }, { $0.allocator = "system" }, { $0.storage = nil },
            { $0.storage?.writeCache = "write through" }, { $0.storage?.mountOptions.append("noatime") },
            { $0.storage?.fua = false }, { $0.storage?.fua = true },
        ] {
            var environment = Self.sample
            change(&environment)
            changed.append(environment)
        }
        let digests = Set(changed.map(\.digest))
        #expect(digests.count == changed.count)
        #expect(!digests.contains(Self.sample.digest))
    }

    @Test func survivesJSON() throws {
        let data = try JSONEncoder().encode(Self.sample)
        #expect(try JSONDecoder().decode(Environment.self, from: data) == Self.sample)
    }

    @Test func thisMachineIsKnown() {
        let environment = Environment.current(dataPath: NSTemporaryDirectory())
        #expect(environment.cores >= 1)
        #expect(environment.memoryBytes > 1 << 20)
        #expect(environment.allocator.hasPrefix("jemalloc"))
        #expect(environment.storage?.fileSystem.isEmpty == false)
    }

    @Test func readsProcessorAndSystemNames() {
        #expect(Environment.cpuModel(cpuinfo: "processor\t: 0\nmodel name\t: Fast CPU\n") == "Fast CPU")
        #expect(Environment.cpuModel(cpuinfo: "processor\t: 0\n") == nil)
        #expect(Environment.operatingSystem(release: "ID=x\nPRETTY_NAME=\"Some OS 12\"\n") == "Some OS 12")
    }
}

@Suite struct StorageFactsTests {
    static let mountinfo = """
        22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,errors=remount-ro
        30 22 0:25 / /tmp rw,nosuid - tmpfs tmpfs rw,size=1g
        31 22 254:16 / /data\\040disk rw,noatime - xfs /dev/vdb rw,attr2
        32 30 254:17 / /tmp rw - btrfs /dev/vdc rw
        """

    @Test(arguments: [
        ("/home/x", "ext4", "254:0"), ("/", "ext4", "254:0"), ("/tmpx", "ext4", "254:0"),
        ("/data disk/a", "xfs", "254:16"), ("/tmp", "btrfs", "254:17"), ("/tmp/a", "btrfs", "254:17"),
    ])
    func theLongestMountHoldsThePath(_ path: String, _ type: String, _ device: String) throws {
        let mount = try #require(StorageFacts.mount(of: path, mountinfo: Self.mountinfo))
        #expect(mount.facts.fileSystem == type)
        #expect(mount.device == device)
    }

    @Test func optionsAreSortedWithoutDoubles() throws {
        let mount = try #require(StorageFacts.mount(of: "/x", mountinfo: Self.mountinfo))
        #expect(mount.facts.mountOptions == ["errors=remount-ro", "relatime", "rw"])
    }

    @Test(arguments: [("none [mq-deadline] bfq", "mq-deadline"), ("[none]", "none"), ("none", "none")])
    func theChosenSchedulerIsInBrackets(_ text: String, _ name: String) {
        #expect(StorageFacts.chosenScheduler(text) == name)
    }
}
