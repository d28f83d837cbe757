/// JSON as ZooKeeper's admin server prints it (Jackson's indented form), with the keys in their order.
indirect enum JSON: Sendable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case array([JSON])
    case object([(String, JSON)])

    var text: String { text(indent: "") }

    func text(indent: String) -> String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .int(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string(let value): Self.quoted(value)
        case .array(let items):
            items.isEmpty ? "[ ]" : "[ " + items.map { $0.text(indent: indent) }.joined(separator: ", ") + " ]"
        case .object(let fields):
            fields.isEmpty
                ? "{ }"
                : "{\n"
                    + fields.map { "\(indent)  \(Self.quoted($0.0)) : \($0.1.text(indent: indent + "  "))" }
                    .joined(separator: ",\n") + "\n\(indent)}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16, uppercase: true)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
