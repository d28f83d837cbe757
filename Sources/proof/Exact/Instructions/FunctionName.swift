import CPlatform

/// A function's name as people write it. All that a compiler makes of one function has one name: specializations,
/// closures in it, witnesses and thunks of it. Types of arguments are left out, so overloads have one name as well.
enum FunctionName {
    /// - Parameter symbol: as a table of symbols has it; of C++ as valgrind spells it.
    /// - Returns: `Znodes.ReplicatedState.apply`, `swift::HeapObject::retain`, `malloc`; nil for code without a name.
    static func of(symbol: String) -> String? {
        // Valgrind's word for an address in a program without symbols.
        if symbol.hasPrefix("0x") || symbol.hasPrefix("???") { return nil }
        // Callgrind adds how deep a recursion is: `fall'2`.
        let symbol = String(symbol.prefix { $0 != "'" })
        if let spelled = demangled(symbol) { return swift(spelled) }
        return symbol.contains("::") ? cPlusPlus(symbol) : String(symbol.prefix { $0 != "." })
    }

    /// The module that wrote it: `Znodes`; nil for what has no modules.
    static func module(of name: String) -> String? {
        let written = name.hasPrefix(copies) ? name.dropFirst(copies.count) : Substring(name)
        guard let dot = written.firstIndex(of: "."), !name.contains("::") else { return nil }
        return String(written[..<dot])
    }

    /// Moves of whole values, which the optimizer makes functions of: named by the type.
    private static let copies = "copies of "

    private static func demangled(_ symbol: String) -> String? {
        guard symbol.hasPrefix("$s") || symbol.hasPrefix("$S") else { return nil }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1 << 14) { buffer in
            var size = buffer.count
            guard let text = swift_demangle(symbol, symbol.utf8.count, buffer.baseAddress, &size, 0) else { return nil }
            return String(cString: text)
        }
    }

    /// - Parameter spelled: as the runtime of the language spells a symbol.
    static func swift(_ spelled: String) -> String {
        var text = SymbolText(spelled)
        text.drop(prefix: "merged ")
        if text.drop(prefix: "outlined ") {
            text.keep(after: " of ")
            return copies + text.string
        }
        if text.drop(prefix: "protocol witness for ") {
            var type = text
            if type.keep(after: " in conformance ") {
                text.cut(at: " in conformance ")
                return type.path + "." + (plain(text).path.split(separator: ".").last ?? "")
            }
        }
        return plain(text).path
    }

    /// Without all that says how the function came about.
    private static func plain(_ whole: SymbolText) -> SymbolText {
        var text = whole
        for word in [" in ", " of ", " for "] { text.keep(after: word) }
        text.drop(prefix: "static ")
        if text.string.hasPrefix("(extension in "), let end = text.string.firstIndex(of: ":") {
            text = SymbolText(String(text.string[text.string.index(after: end)...]))
        }
        return text
    }

    private static func cPlusPlus(_ symbol: String) -> String {
        var text = SymbolText(symbol.replacing("(anonymous namespace)", with: "anonymous"))
        text.cut(at: "(")
        // A template's result stands before its name.
        text.keep(after: " ")
        return text.path
    }
}

/// A symbol as it is spelled, whose brackets are known: what is in them is part of a type.
private struct SymbolText {
    private(set) var string: String

    init(_ string: String) { self.string = string }

    @discardableResult
    mutating func drop(prefix: String) -> Bool {
        guard string.hasPrefix(prefix) else { return false }
        string.removeFirst(prefix.count)
        return true
    }

    /// Keeps what comes after the last such word outside of brackets.
    @discardableResult
    mutating func keep(after word: String) -> Bool {
        guard let place = places(of: word).last else { return false }
        string = String(decoding: Array(string.utf8)[(place + word.utf8.count)...], as: UTF8.self)
        return true
    }

    /// Keeps what comes before the first such word outside of brackets.
    mutating func cut(at word: String) {
        guard let place = places(of: word).first else { return }
        string = String(decoding: Array(string.utf8)[..<place], as: UTF8.self)
    }

    /// Names with dots between, without arguments, results and types of generics.
    var path: String {
        var text: [UInt8] = []
        let bytes = Array(string.utf8)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: " ") { break }
            if byte == UInt8(ascii: "(") {
                // A name of one file's own: `(apply in _68D1)`.
                let rest = bytes[(index + 1)...]
                let name = rest.prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: ")") }
                let isPrivate = rest.dropFirst(name.count).starts(with: " in _".utf8)
                guard isPrivate, let end = rest.firstIndex(of: UInt8(ascii: ")")) else { break }
                text += name
                index = end + 1
                continue
            }
            if Self.opensGenerics(bytes, at: index) {
                index = Self.end(ofBracketAt: index, in: bytes)
                continue
            }
            text.append(byte)
            index += 1
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Where a word stands outside of brackets, in bytes.
    private func places(of word: String) -> [Int] {
        let bytes = Array(string.utf8)
        let wanted = Array(word.utf8)
        var found: [Int] = []
        var index = 0
        while index < bytes.count {
            if bytes[index...].starts(with: wanted) { found.append(index) }
            let isBracket = bytes[index] == UInt8(ascii: "(") || bytes[index] == UInt8(ascii: "[")
            index =
                isBracket || Self.opensGenerics(bytes, at: index) ? Self.end(ofBracketAt: index, in: bytes) : index + 1
        }
        return found
    }

    /// Whether a list of types begins here, and no operator: that comes after a dot.
    private static func opensGenerics(_ bytes: [UInt8], at index: Int) -> Bool {
        guard bytes[index] == UInt8(ascii: "<"), index > 0 else { return false }
        switch bytes[index - 1] {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            return true
        case UInt8(ascii: " "): return bytes[..<(index - 1)].suffix(14).elementsEqual("specialization".utf8)
        default: return false
        }
    }

    /// The place after the bracket that closes this one.
    private static func end(ofBracketAt start: Int, in bytes: [UInt8]) -> Int {
        var open: [UInt8] = []
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "("), UInt8(ascii: "["): open.append(byte)
            case UInt8(ascii: "<") where opensGenerics(bytes, at: index): open.append(byte)
            case UInt8(ascii: ")"), UInt8(ascii: "]"): open.removeLast()
            case UInt8(ascii: ">") where bytes[index - 1] != UInt8(ascii: "-"):
                // The runtime leaves a bracket open in a list of closures that a specialization knows.
                if let generics = open.lastIndex(of: UInt8(ascii: "<")) { open.removeSubrange(generics...) }
            default: break
            }
            index += 1
            if open.isEmpty { break }
        }
        return index
    }
}
