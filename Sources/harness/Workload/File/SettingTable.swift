import Words

/// Reads a table's values by key, with their types and bounds. Every error is one line that names the place, the path,
/// what was found and what is allowed.
package struct SettingTable {
    package let source: String
    /// The dotted path of the table; empty at the top.
    package let path: String
    package let place: Setting.Place
    private let entries: [Setting.Entry]

    /// - Parameter keys: every key that the table may have.
    package init(_ setting: Setting, path: String, source: String, keys: [String]) throws(WorkloadError) {
        self.source = source
        self.path = path
        place = setting.place
        guard case .table(let entries) = setting.value else {
            throw WorkloadError(
                "\(Setting.describe(setting.place, source: source)): \(path): a table with some of the keys "
                    + "\(keys.joined(separator: ", ")) expected"
            )
        }
        self.entries = entries
        for entry in entries where !keys.contains(entry.key) {
            let full = path.isEmpty ? entry.key : "\(path).\(entry.key)"
            throw WorkloadError(
                "\(Setting.describe(entry.place, source: source)): unknown key \(full)"
                    + NearestName.sentences(
                        WorkloadKeys.question(entry.key, among: keys, place: entry.place),
                        "allowed are \(keys.joined(separator: ", "))"
                    )
            )
        }
    }

    package func setting(_ key: String) -> Setting? { entries.first { $0.key == key }?.value }

    package func has(_ key: String) -> Bool { setting(key) != nil }

    private func full(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// The error for the value of `key`, or for the table if it has none.
    package func error(_ key: String, _ problem: String) -> WorkloadError {
        let place = setting(key)?.place ?? place
        return WorkloadError("\(Setting.describe(place, source: source)): \(full(key)): \(problem)")
    }

    private func wrong(_ setting: Setting, _ key: String, allowed: String, hint: String = "") -> WorkloadError {
        let found =
            switch setting.value {
            case .scalar(let text): "\"\(text)\""
            case .list: "a list"
            case .table: "a table"
            }
        return WorkloadError(
            "\(Setting.describe(setting.place, source: source)): \(full(key)): \(found) is not \(allowed)\(hint)"
        )
    }

    /// The elements of a list, or a scalar as the only one; at least one.
    private func elements(_ key: String, allowed: String) throws(WorkloadError) -> [Setting]? {
        guard let setting = setting(key) else { return nil }
        guard case .list(let list) = setting.value else {
            guard case .scalar(let text) = setting.value, text.contains(",") else { return [setting] }
            throw wrong(setting, key, allowed: allowed, hint: listHint(text, setting.place, key))
        }
        guard !list.isEmpty else { throw error(key, "the list is empty; \(allowed) or a list of them expected") }
        return list
    }

    /// How a list is written, for who has written its elements alone.
    private func listHint(_ text: String, _ place: Setting.Place, _ key: String) -> String {
        let elements = text.split(separator: ",").map { element in
            String(element.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        let list = "[\(elements.joined(separator: ", "))]"
        let isGrouped =
            elements.count > 1 && elements.allSatisfy { Int($0) != nil }
            && elements.dropFirst().allSatisfy { $0.count == 3 }
        let number = isGrouped ? ", and one number without commas: \(elements.joined())" : ""
        guard case .flag = place else { return "; write a list as \(list)\(number)" }
        // A shell takes brackets and spaces for its own.
        return "; write a list as \(list), in a shell --set '\(full(key))=\(list)'\(number)"
    }

    private func integer(_ setting: Setting, _ key: String, in range: ClosedRange<Int>) throws(WorkloadError) -> Int {
        guard case .scalar(let text) = setting.value, let value = Int(text.filter { $0 != "_" }), range.contains(value)
        else { throw wrong(setting, key, allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)") }
        return value
    }

    private func number(_ setting: Setting, _ key: String, in range: ClosedRange<Double>) throws(WorkloadError)
        -> Double
    {
        guard case .scalar(let text) = setting.value, let value = Double(text.filter { $0 != "_" }),
            range.contains(value)
        else {
            throw wrong(setting, key, allowed: "a number from \(trim(range.lowerBound)) to \(trim(range.upperBound))")
        }
        return value
    }

    private func trim(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }

    private func choice<Choice: RawRepresentable & CaseIterable>(
        _ setting: Setting,
        _ key: String,
        _ type: Choice.Type
    ) throws(WorkloadError) -> Choice where Choice.RawValue == String {
        guard case .scalar(let text) = setting.value, let value = Choice(rawValue: text) else {
            let names = Choice.allCases.map(\.rawValue)
            var found = ""
            if case .scalar(let text) = setting.value { found = text }
            throw wrong(
                setting,
                key,
                allowed: names.count == 1 ? names[0] : "one of \(names.joined(separator: ", "))",
                hint: NearestName.question(names, to: found)
            )
        }
        return value
    }

    package func integer(_ key: String, in range: ClosedRange<Int>, default value: Int) throws(WorkloadError) -> Int {
        guard let setting = setting(key) else { return value }
        return try integer(setting, key, in: range)
    }

    package func integers(_ key: String, in range: ClosedRange<Int>, default value: Int) throws(WorkloadError) -> [Int]
    {
        try integers(key, in: range) ?? [value]
    }

    /// Nil if the key is missing.
    package func integers(_ key: String, in range: ClosedRange<Int>) throws(WorkloadError) -> [Int]? {
        let allowed = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard let list = try elements(key, allowed: allowed) else { return nil }
        var values: [Int] = []
        for element in list { values.append(try integer(element, key, in: range)) }
        return values
    }

    package func number(_ key: String, in range: ClosedRange<Double>, default value: Double) throws(WorkloadError)
        -> Double
    {
        guard let setting = setting(key) else { return value }
        return try number(setting, key, in: range)
    }

    /// Nil if the key is missing.
    package func numbers(_ key: String, in range: ClosedRange<Double>) throws(WorkloadError) -> [Double]? {
        guard let list = try elements(key, allowed: "a number") else { return nil }
        var values: [Double] = []
        for element in list { values.append(try number(element, key, in: range)) }
        return values
    }

    package func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String,
        default value: Choice
    ) throws(WorkloadError) -> Choice where Choice.RawValue == String {
        guard let setting = setting(key) else { return value }
        return try choice(setting, key, Choice.self)
    }

    package func choices<Choice: RawRepresentable & CaseIterable>(
        _ key: String,
        default value: Choice
    ) throws(WorkloadError) -> [Choice] where Choice.RawValue == String {
        let allowed = "one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))"
        guard let list = try elements(key, allowed: allowed) else { return [value] }
        var values: [Choice] = []
        for element in list { values.append(try choice(element, key, Choice.self)) }
        return values
    }

    /// Words with a parser of their own, whose error says what is allowed; with the place of each. Nil if the key is
    /// missing.
    ///
    /// - Parameter names: what a word that the parser refuses may have been meant to be.
    package func parsed<Value, Reason: Error & CustomStringConvertible>(
        _ key: String,
        names: [String] = [],
        _ parse: (String) throws(Reason) -> Value
    ) throws(WorkloadError) -> [(value: Value, place: Setting.Place)]? {
        guard let list = try elements(key, allowed: "a word") else { return nil }
        var values: [(value: Value, place: Setting.Place)] = []
        for element in list {
            guard case .scalar(let text) = element.value else { throw wrong(element, key, allowed: "a word") }
            do throws(Reason) {
                values.append((try parse(text), element.place))
            } catch {
                throw WorkloadError(
                    "\(Setting.describe(element.place, source: source)): \(full(key)): \(error)"
                        + NearestName.question(names, to: text)
                )
            }
        }
        return values
    }

    package func bool(_ key: String, default value: Bool) throws(WorkloadError) -> Bool {
        guard let setting = setting(key) else { return value }
        guard case .scalar(let text) = setting.value, let value = ["true": true, "false": false][text] else {
            throw wrong(setting, key, allowed: "true or false")
        }
        return value
    }

    package func text(_ key: String, default value: String) throws(WorkloadError) -> String {
        guard let setting = setting(key) else { return value }
        guard case .scalar(let text) = setting.value else { throw wrong(setting, key, allowed: "a text") }
        return text
    }

    /// A word that may be part of a file's name: letters, digits, `-`, `_` and `.`, not empty.
    package func word(_ key: String, default value: String) throws(WorkloadError) -> String {
        let text = try text(key, default: value)
        let allowed = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f: true
            default: false
            }
        }
        guard allowed, !text.isEmpty, !text.hasPrefix(".") else {
            throw error(key, "\"\(text)\" is not a name of letters, digits, -, _ and .")
        }
        return text
    }
}
