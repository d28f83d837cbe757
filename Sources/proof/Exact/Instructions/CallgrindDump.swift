/// One file of callgrind's: the instructions of each function, without those that it called.
///
/// The format is in valgrind's manual, "Callgrind Format Specification". Of it this reads what callgrind writes without
/// jumps and caches; anything else is an error, since a line that is passed over would be missing instructions.
struct CallgrindDump: Hashable, Sendable {
    struct Function: Hashable, Sendable {
        /// The path of the program or library.
        var object: String
        /// As the table of symbols has it, or callgrind's substitute for what is not in it.
        var symbol: String
    }

    /// `callgrind-3.19.0`
    private(set) var creator = ""
    /// The name that the request for this dump gave; nil if it was not requested.
    private(set) var name: String?
    private(set) var instructions: [Function: Int] = [:]

    /// - Parameter source: what errors call the text.
    init(text: String, source: String) throws(InstructionError) {
        var reader = CallgrindReader()
        var lineNumber = 0
        for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            lineNumber += 1
            guard reader.take(Substring(line)) else {
                throw InstructionError(
                    description:
                        "\(source):\(lineNumber): not a line of callgrind's that is known here: \(Substring(line))"
                )
            }
        }
        let sum = reader.instructions.values.reduce(0, +)
        guard let total = reader.total, total == sum else {
            let said = reader.total.map(String.init) ?? "no"
            throw InstructionError(
                description: "\(source): its functions have \(sum) instructions, and it says \(said)"
            )
        }
        creator = reader.creator
        name = reader.name
        instructions = reader.instructions
    }
}

/// Takes a dump line by line.
private struct CallgrindReader {
    var creator = ""
    var name: String?
    /// What the file says of itself.
    var total: Int?
    var instructions: [CallgrindDump.Function: Int] = [:]

    /// Names are written once, with a number that stands for them from then on.
    private var objects: [Substring: String] = [:]
    private var symbols: [Substring: String] = [:]
    private var object = ""
    private var symbol = ""
    /// Columns before the costs: where in the source, or at which address.
    private var positionCount = 1
    /// The next line is what a call cost, which is not the caller's own.
    private var isAfterCall = false

    private static let request = "Client Request: "

    /// - Returns: false if it is not understood.
    mutating func take(_ line: Substring) -> Bool {
        guard let first = line.utf8.first else { return true }
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "*"):
            return takeCosts(line)
        case UInt8(ascii: "#"):
            return true
        default:
            guard !isAfterCall, let mark = line.firstIndex(where: { $0 == "=" || $0 == ":" }) else { return false }
            let key = line[..<mark]
            let value = line[line.index(after: mark)...]
            return line[mark] == "=" ? takeName(key, value) : takeHeader(key, value.drop { $0 == " " })
        }
    }

    private mutating func takeCosts(_ line: Substring) -> Bool {
        let words = line.split(separator: " ")
        // Costs at the end may be left out, and are 0 then.
        guard words.count == positionCount || words.count == positionCount + 1 else { return false }
        if isAfterCall {
            // That of a call that began before callgrind did is no number that anybody could use.
            isAfterCall = false
        } else {
            guard let cost = words.count > positionCount ? Int(words[positionCount]) : 0 else { return false }
            instructions[CallgrindDump.Function(object: object, symbol: symbol), default: 0] += cost
        }
        return true
    }

    private mutating func takeName(_ key: Substring, _ value: Substring) -> Bool {
        switch key {
        case "ob": object = Self.expand(value, &objects)
        case "cob": _ = Self.expand(value, &objects)
        case "fn": symbol = Self.expand(value, &symbols)
        case "cfn": _ = Self.expand(value, &symbols)
        case "fl", "fi", "fe", "cfi", "cfl": break
        case "calls": isAfterCall = true
        default: return false
        }
        return true
    }

    /// `(7) name` says what 7 is, `(7)` is what it was said to be.
    private static func expand(_ value: Substring, _ names: inout [Substring: String]) -> String {
        guard value.first == "(", let end = value.firstIndex(of: ")") else { return String(value) }
        let number = value[...end]
        let name = value[value.index(after: end)...].drop { $0 == " " }
        if !name.isEmpty { names[number] = String(name) }
        return names[number] ?? String(value)
    }

    private mutating func takeHeader(_ key: Substring, _ value: Substring) -> Bool {
        switch key {
        case "creator": creator = String(value)
        case "positions": positionCount = value.split(separator: " ").count
        // With caches or branches there would be more columns.
        case "events": return value == "Ir" || value == "Ir "
        case "totals": total = Int(value)
        case "desc":
            guard value.hasPrefix("Trigger: \(Self.request)") else { break }
            name = String(value.dropFirst("Trigger: \(Self.request)".count))
        default: break
        }
        return true
    }
}
