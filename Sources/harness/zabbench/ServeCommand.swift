import ArgumentParser
import Dispatch
import Foundation
import Logging
import Report
import Server

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run one server of an ensemble from a zoo.cfg.",
        discussion: """
            Reads a standard zoo.cfg (tickTime, initLimit, syncLimit, dataDir, dataLogDir, \
            clientPort, clientPortAddress, server.N=host:port:port), and myid in dataDir. Runs \
            until SIGTERM or Ctrl-C, and logs to standard error.

            zabbench serve /etc/zookeeper/conf/zoo.cfg
            """
    )

    @Argument(help: "The path of a zoo.cfg.", completion: .file(extensions: ["cfg"]))
    var configurationFile: String

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        let end = AsyncStream<String?>.makeStream()
        let signals = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { end.continuation.yield(nil) }
            source.resume()
            return source
        }
        defer { for source in signals { source.cancel() } }
        do {
            let configuration = try ServerConfiguration(contentsOf: configurationFile)
            let node = try await ServerNode.start(configuration: configuration) { end.continuation.yield($0) }
            let reason = await end.stream.first { _ in true } ?? nil
            await node.stop()
            if let reason { throw Stopped(reason) }
        } catch {
            FileHandle.standardError.write(Data("zabbench serve: \(error)\n".utf8))
            // Wrong usage where the user sets it right in the configuration, as with `run`.
            throw ExitCode(error is ConfigurationError ? .usage : .failed)
        }
    }

    private struct Stopped: Error, CustomStringConvertible {
        let description: String
        init(_ reason: String) { description = "server stopped: \(reason)" }
    }
}
