import ArgumentParser
import Dispatch
import Foundation
import Glibc
import Report
import Targets

/// The process that shows what the load generator can do at best; started by `zabbench run` for `null_target: true`.
struct NullCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "null",
        abstract: "Answers clients at once and keeps nothing (internal).",
        shouldDisplay: false
    )

    @Argument(help: "The port on 127.0.0.1.")
    var port: Int

    func validate() throws {
        guard (1...65535).contains(port) else { throw ValidationError("a port from 1 to 65535 expected") }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        let end = AsyncStream<Void>.makeStream()
        let signals = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { end.continuation.yield(()) }
            source.resume()
            return source
        }
        defer { for source in signals { source.cancel() } }
        do {
            let server = try await NullServer.start(port: port)
            for await _ in end.stream { break }
            await server.stop()
        } catch {
            FileHandle.standardError.write(Data("zabbench null: \(error)\n".utf8))
            throw ExitCode(.failed)
        }
    }
}
