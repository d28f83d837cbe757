import Client
import NIOCore
import Wire

/// What a server says of itself, or why it does not.
public enum ServerAnswer: Sendable {
    /// It serves.
    case report(MonitorReport)
    /// It answers, and does not serve yet: an election may be under way.
    case notYet(String)
    /// Asking again will not help.
    case problem(String)

    /// The words that are asked for, the one that tells most first. ZooKeeper's usual whitelist has the last one only.
    static let words = [Telemetry.Word.monitor, .summary].map(\.rawValue)

    /// Asks a server, in other words if it does not allow the first.
    static func asked(_ endpoint: Endpoint, timeout: TimeAmount = .seconds(5)) async -> ServerAnswer {
        for word in words {
            let text: String
            do {
                text = try await fourLetterWord(word, endpoint, timeout: timeout)
            } catch ClientError.unreachable(let reason) {
                return .problem(reason)
            } catch {
                return .problem("\(endpoint): \(error)")
            }
            guard let answer = Self.read(text, to: word, of: endpoint) else { continue }
            guard case .report(let report) = answer else { return answer }
            return .report(await report.completed(at: endpoint, timeout: timeout))
        }
        return .problem(
            "\(endpoint): allows none of the four-letter words \(words.joined(separator: ", ")); add srvr to "
                + "4lw.commands.whitelist in its zoo.cfg"
        )
    }

    /// - Returns: nil where the server does not allow the word.
    static func read(_ text: String, to word: String, of endpoint: Endpoint) -> ServerAnswer? {
        if text.contains("is not executed because it is not in the whitelist") { return nil }
        if text.contains("not currently serving requests") { return .notYet("\(endpoint): not serving") }
        if text.isEmpty {
            return .problem(
                "\(endpoint): closed the connection without a reply; check that this is a ZooKeeper client port and that "
                    + "maxClientCnxns is not reached"
            )
        }
        let report =
            word == Telemetry.Word.monitor.rawValue ? MonitorReport(parsing: text) : MonitorReport(summary: text)
        if report.isServing { return .report(report) }
        if let state = report.state { return .notYet("\(endpoint): \(state)") }
        if report[.version] != nil { return .notYet("\(endpoint): not serving") }
        let start = text.prefix(40).split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        return .problem("\(endpoint): not a ZooKeeper reply to \(word): \"\(start)\"")
    }
}
