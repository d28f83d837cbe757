import Words

/// The command that starts one server, as a workload has it: words with blanks between them, and placeholders in braces.
///
/// No shell reads it. Single or double quotes hold a word together and stand for nothing else, `{{` and `}}` are braces, and
/// every other character is itself.
public struct RivalCommand: Sendable, Hashable {
    /// What differs from server to server, or from run to run.
    public enum Placeholder: String, Sendable, CaseIterable {
        /// Of the server, from 1.
        case id
        /// Servers of the ensemble.
        case size
        case clientPort = "client_port"
        case peerPort = "peer_port"
        case electionPort = "election_port"
        /// An existing folder, which holds nothing but `myid`.
        case data
        /// An existing, empty folder for the log, on a disk of its own where the workload wants that.
        case log
        /// All servers: `1=127.0.0.1:2888:3888,2=127.0.0.1:2889:3889`, the second port that of elections.
        case servers
        /// A zoo.cfg with all of that.
        case config

        static let list = allCases.map { "{\($0.rawValue)}" }.joined(separator: ", ")
    }

    /// Why a text is no such command.
    public struct Mistake: Error, CustomStringConvertible {
        public let description: String
    }

    private enum Part: Hashable {
        case text(String)
        case placeholder(Placeholder)
    }

    /// As the workload has it.
    public let text: String
    private let words: [[Part]]

    public init(_ text: String) throws(Mistake) {
        self.text = text
        words = try Self.split(text)
        guard let first = words.first else { throw Mistake(description: "the command is empty") }
        guard first.allSatisfy({ if case .text = $0 { true } else { false } }), !Self.joined(first, { _ in "" }).isEmpty
        else { throw Mistake(description: "its first word is the program, which is the same for all servers") }
        let used = words.joined().compactMap { if case .placeholder(let name) = $0 { name } else { nil } }
        guard used.contains(.clientPort) || used.contains(.config) else {
            throw Mistake(description: "a server would not know its port; hand it {client_port} or {config}")
        }
    }

    /// The program as the workload names it: a path, or a name on the PATH.
    public var program: String { words.first.map { Self.joined($0) { _ in "" } } ?? "" }

    /// What the program is given.
    ///
    /// - Parameter value: what a placeholder stands for.
    public func arguments(_ value: (Placeholder) -> String) -> [String] {
        words.dropFirst().map { Self.joined($0, value) }
    }

    private static func joined(_ word: [Part], _ value: (Placeholder) -> String) -> String {
        word.map { part in
            switch part {
            case .text(let text): text
            case .placeholder(let name): value(name)
            }
        }.joined()
    }

    private static func split(_ text: String) throws(Mistake) -> [[Part]] {
        var words: [[Part]] = []
        /// Nil between words: quotes can hold an empty one.
        var word: [Part]?
        var quote: Character?
        var rest = Substring(text)
        func add(_ part: Part) { word = (word ?? []) + [part] }
        while let next = rest.popFirst() {
            if next == quote {
                quote = nil
            } else if quote == nil, next == "'" || next == "\"" {
                quote = next
                word = word ?? []
            } else if quote == nil, next.isWhitespace {
                if let word { words.append(word) }
                word = nil
            } else if (next == "{" || next == "}") && rest.first == next {
                rest.removeFirst()
                add(.text(String(next)))
            } else if next == "{" {
                add(.placeholder(try placeholder(&rest)))
            } else if next == "}" {
                throw Mistake(description: "a } without its {; }} is the brace itself")
            } else {
                add(.text(String(next)))
            }
        }
        if let quote { throw Mistake(description: "a \(quote) is never closed") }
        if let word { words.append(word) }
        return words
    }

    /// - Parameter rest: what follows the opening brace; then what follows the closing one.
    private static func placeholder(_ rest: inout Substring) throws(Mistake) -> Placeholder {
        guard let end = rest.firstIndex(of: "}") else {
            throw Mistake(description: "a { without its }; {{ is the brace itself")
        }
        let name = String(rest[..<end])
        rest = rest[rest.index(after: end)...]
        guard let known = Placeholder(rawValue: name) else {
            throw Mistake(
                description: "{\(name)} is no placeholder"
                    + NearestName.sentences(
                        NearestName.question(Placeholder.allCases.map(\.rawValue), to: name),
                        "there are \(Placeholder.list)"
                    )
            )
        }
        return known
    }
}
