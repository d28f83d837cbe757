import CPlatform
import Foundation
import Glibc
import Host
import NIOCore
import NIOPosix
import Zab

/// `envi`: ZooKeeper's keys. Where they ask about Java, what is true of this program instead.
enum ServerEnvironment {
    static let entries: [(key: String, value: String)] = {
        var machine = utsname()
        uname(&machine)
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, 255)
        let process = ProcessInfo.processInfo
        let text = { (bytes: [CChar]) in
            String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        let release = withUnsafeBytes(of: &machine.release) { text(Array($0.bindMemory(to: CChar.self))) }
        let kind = withUnsafeBytes(of: &machine.machine) { text(Array($0.bindMemory(to: CChar.self))) }
        let none = "<NA>"
        return [
            ("zookeeper.version", ServerVersion.text), ("host.name", text(name)), ("java.version", none),
            ("java.vendor", none), ("java.home", none), ("java.class.path", none), ("java.library.path", none),
            ("java.io.tmpdir", NSTemporaryDirectory()), ("java.compiler", none), ("os.name", "Linux"),
            ("os.arch", kind == "x86_64" ? "amd64" : kind), ("os.version", release),
            ("user.name", process.userName), ("user.home", NSHomeDirectory()),
            ("user.dir", directory),
        ]
    }()

    static let directory = FileManager.default.currentDirectoryPath

    /// Of the machine.
    static var memory: [(key: String, value: String)] {
        let page = sysconf(Int32(_SC_PAGESIZE))
        let megabytes = { (pages: Int) in "\(pages * page / (1 << 20))MB" }
        let total = sysconf(Int32(_SC_PHYS_PAGES))
        return [
            ("os.memory.free", megabytes(sysconf(Int32(_SC_AVPHYS_PAGES)))), ("os.memory.max", megabytes(total)),
            ("os.memory.total", megabytes(total)),
        ]
    }

    static var lines: String { (entries + memory).map { "\($0.key)=\($0.value)\n" }.joined() }
}

/// Bytes of the files in the directories of snapshots and of the log.
struct DirectorySizes: Sendable {
    var data: Int
    var log: Int

    /// Asks the file system, which may take its time.
    init(_ configuration: ServerConfiguration) {
        data = Self.size(configuration.dataDir)
        log = configuration.dataLogDir == configuration.dataDir ? data : Self.size(configuration.dataLogDir)
    }

    private static func size(_ directory: String) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.reduce(0) { sum, name in
            var file = stat()
            guard stat(directory + "/" + name, &file) == 0, file.st_mode & S_IFMT == S_IFREG else { return sum }
            return sum + Int(file.st_size)
        }
    }
}

/// What the words tell of the configuration.
extension ServerLoop {
    var wallClockSeconds: Int { Int(zb_unix_nanoseconds() / 1_000_000_000) }
    var isAlone: Bool { configuration.servers.isEmpty }

    /// The loop does not wait for the disk: another thread asks, and the answer goes on when it knows.
    func withDirectorySizes(_ form: @escaping (DirectorySizes) -> String) -> WordAnswer {
        var sizes: DirectorySizes?
        var hasAsked = false
        return WordAnswer { [unowned self] in
            if let sizes { return .last(Array(form(sizes).utf8)) }
            guard !hasAsked else { return .later }
            hasAsked = true
            let configuration = self.configuration
            NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) { DirectorySizes(configuration) }
                .assumeIsolated().whenComplete { [self] result in
                    sizes = (try? result.get()) ?? DirectorySizes(data: 0, log: 0)
                    if isInside { later { [self] in host.answersGoOn() } } else { enter { $0.answersGoOn() } }
                }
            return .later
        }
    }

    /// `conf`, without its end of line in an ensemble, as ZooKeeper has it.
    func configurationLines(_ sizes: DirectorySizes) -> String {
        let timeouts = sessionTimeouts
        var text = """
            clientPort=\(configuration.clientPort ?? -1)
            secureClientPort=-1
            dataDir=\(configuration.dataDir)
            dataDirSize=\(sizes.data)
            dataLogDir=\(configuration.dataLogDir)
            dataLogSize=\(sizes.log)
            tickTime=\(configuration.tickTime)
            maxClientCnxns=\(configuration.maxClientConnections)
            minSessionTimeout=\(timeouts.lowerBound)
            maxSessionTimeout=\(timeouts.upperBound)
            clientPortListenBacklog=-1
            serverId=\(isAlone ? "0" : "\(configuration.myself)")

            """
        guard let mine = configuration.myAddress else { return text }
        text += """
            initLimit=\(configuration.initLimit)
            syncLimit=\(configuration.syncLimit)
            electionAlg=3
            electionPort=\(mine.electionPort)
            quorumPort=\(mine.quorumPort)
            peerType=\(mine.observer ? 1 : 0)
            membership: \n
            """
        return text + String(decoding: configuration.membershipText, as: UTF8.self)
    }

    var sessionTimeouts: ClosedRange<Int32> {
        let tick = Int32(clamping: configuration.tickTime)
        return configuration.sessionTimeouts ?? (2 * tick)...(20 * tick)
    }
}

extension DirectorySizes {
    fileprivate init(data: Int, log: Int) { (self.data, self.log) = (data, log) }
}
