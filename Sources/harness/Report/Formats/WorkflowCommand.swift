/// A line of a job's output that GitHub Actions shows as an annotation.
///
/// https://docs.github.com/actions/reference/workflow-commands-for-github-actions, with the escapes of @actions/core.
public struct WorkflowCommand: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
        case error, warning, notice
    }

    public var kind: Kind
    public var title: String
    /// May have several lines.
    public var message: String

    public init(_ kind: Kind, _ title: String, _ message: String) {
        self.kind = kind
        self.title = title
        self.message = message
    }

    /// The command, with its line end.
    public var line: String {
        let property = Self.escaped(title).replacing(":", with: "%3A").replacing(",", with: "%2C")
        return "::\(kind.rawValue) title=\(property)::\(Self.escaped(message))\n"
    }

    private static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "%": out += "%25"
            case "\r": out += "%0D"
            case "\n": out += "%0A"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
