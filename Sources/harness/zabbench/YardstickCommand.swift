import ArgumentParser
import CYardstick
import Foundation
import Glibc
import Report
import Targets
import Workload

/// One server of a yardstick; started by `zabbench run` for `systems: [yardstick]`, of no use to people.
struct YardstickCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "yardstick",
        abstract: "Serves one part of the least durable broadcast (internal).",
        shouldDisplay: false
    )

    @Argument(help: "What it is told, as zabbench run writes it.")
    var file: String

    func run() throws {
        guard let data = FileManager.default.contents(atPath: file),
            let settings = YardstickSettings(parsing: String(decoding: data, as: UTF8.self))
        else {
            throw ValidationError("\(file): zabbench run starts a yardstick's servers itself, and writes this file")
        }
        signal(SIGPIPE, SIG_IGN)
        let failure = settings.log.withCString { log in
            "\(YardstickLaunch.version)-yardstick".withCString { version in
                var server = yardstick_server(
                    id: Int32(settings.id),
                    servers: Int32(settings.servers),
                    peer_port: Int32(settings.peerPort),
                    client_port: Int32(settings.clientPort),
                    log_path: log,
                    shape: settings.shape.inC,
                    version: version
                )
                return yardstick_serve(&server).map { String(cString: $0) } ?? "it ended"
            }
        }
        FileHandle.standardError.write(Data("zabbench yardstick: server \(settings.id): \(failure)\n".utf8))
        throw ExitCode(.failed)
    }
}
