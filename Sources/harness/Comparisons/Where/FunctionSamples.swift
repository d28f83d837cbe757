/// Samples of a program's functions, as `perf script -F ip,sym,dso` prints them.
public struct FunctionSamples: Sendable, Equatable {
    /// By function, as the object files name it; what has no name goes by its file.
    public private(set) var counts: [String: Int] = [:]

    public init() {}

    /// Parses lines of `<address> <symbol> (<file>)`. A symbol may hold blanks and parentheses, as those of C++ do;
    /// lines of another form are skipped.
    public init(parsing text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.drop { $0 == " " || $0 == "\t" }
            guard let blank = words.firstIndex(of: " "), Self.isAddress(words[..<blank]), words.last == ")",
                let open = Self.fileStart(in: words)
            else { continue }
            let symbol = words[blank..<open].trimmed
            let file = words[words.index(open, offsetBy: 2)...].dropLast()
            guard !symbol.isEmpty else { continue }
            counts[Self.name(symbol, in: String(file)), default: 0] += 1
        }
    }

    public var total: Int { counts.values.reduce(0, +) }

    /// The same samples under other names; what gets the same one is put together.
    public func renamed(_ names: [String: String]) -> FunctionSamples {
        var renamed = FunctionSamples()
        for (name, count) in counts { renamed.counts[names[name] ?? name, default: 0] += count }
        return renamed
    }

    /// Where ` (/path/of/a/file)` or ` ([kernel.kallsyms])` begins: the path may have parentheses, as a deleted file's
    /// has.
    private static func fileStart(in line: Substring) -> Substring.Index? {
        [" (/", " (["].compactMap { line.ranges(of: $0).last?.lowerBound }.max()
    }

    private static func isAddress(_ word: Substring) -> Bool {
        !word.isEmpty && word.allSatisfy { $0.isHexDigit }
    }

    private static func name(_ symbol: String, in file: String) -> String {
        if file.hasPrefix("[") {
            return symbol == "[unknown]" ? file : "\(symbol) \(file == "[kernel.kallsyms]" ? "[kernel]" : file)"
        }
        guard symbol == "[unknown]" else { return symbol }
        let name = file.split(separator: "/").last.map(String.init) ?? file
        return "[\(name)]"
    }
}

extension Substring {
    fileprivate var trimmed: String {
        var text = drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
