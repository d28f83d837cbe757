import Words
import Yams

/// One value of a workload file, with the place it came from: a line of the file or a `--set` flag.
package struct Setting {
    package enum Place: Hashable {
        case line(Int)
        case flag(String)
    }

    package struct Entry {
        package var key: String
        package var place: Place
        package var value: Setting
    }

    package enum Value {
        case scalar(String)
        case list([Setting])
        case table([Entry])
    }

    package var value: Value
    package var place: Place

    /// Parses YAML text.
    ///
    /// - Parameter flag: the whole `--set` text if the value comes from one, so that errors can name it.
    package static func parse(yaml: String, source: String, flag: String? = nil) throws(WorkloadError) -> Setting {
        try refuseAnchors(yaml, source: source, flag: flag)
        let node: Node?
        do {
            node = try Yams.compose(yaml: yaml)
        } catch let error as YamlError {
            throw WorkloadError(YamlMistake(error, in: yaml, source: source).description)
        } catch {
            throw WorkloadError("\(source): \(error)")
        }
        guard let node else {
            return Setting(
                value: flag == nil ? .table([]) : .scalar(""),
                place: flag.map(Place.flag) ?? .line(1)
            )
        }
        return try convert(node, source: source, flag: flag)
    }

    /// An alias stands for a copy of what its anchor is at, and a few lines of aliases of aliases for more copies than
    /// any memory holds, already while they are parsed. So whatever may be an anchor is refused before that: an `&` that
    /// is neither part of a word nor a word of its own.
    private static func refuseAnchors(_ yaml: String, source: String, flag: String?) throws(WorkloadError) {
        var line = 1
        var before = UInt8(ascii: "\n")
        var isSuspect = false
        for byte in yaml.utf8 {
            if isSuspect, byte > UInt8(ascii: " ") {
                throw WorkloadError(
                    describe(flag.map(Place.flag) ?? .line(line), source: source)
                        + ": anchors and aliases (&word, *word) are not supported; write the value out, "
                        + "or put a space after &"
                )
            }
            let isInWord =
                switch before {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
                default: false
                }
            isSuspect = byte == UInt8(ascii: "&") && !isInWord
            if byte == UInt8(ascii: "\n") { line += 1 }
            before = byte
        }
    }

    private static func convert(_ node: Node, source: String, flag: String?) throws(WorkloadError) -> Setting {
        let place = flag.map(Place.flag) ?? .line(node.mark?.line ?? 1)
        switch node {
        case .scalar(let scalar):
            return Setting(value: .scalar(scalar.string), place: place)
        case .sequence(let sequence):
            var list: [Setting] = []
            for element in sequence { list.append(try convert(element, source: source, flag: flag)) }
            return Setting(value: .list(list), place: place)
        case .mapping(let mapping):
            var entries: [Entry] = []
            for (key, value) in mapping {
                let keyPlace = flag.map(Place.flag) ?? .line(key.mark?.line ?? 1)
                guard case .scalar(let name) = key else {
                    throw WorkloadError(describe(keyPlace, source: source) + ": a key must be a word")
                }
                entries.append(
                    Entry(key: name.string, place: keyPlace, value: try convert(value, source: source, flag: flag))
                )
            }
            return Setting(value: .table(entries), place: place)
        case .alias:
            throw WorkloadError(describe(place, source: source) + ": aliases are not supported; write the value out")
        }
    }

    package static func describe(_ place: Place, source: String) -> String {
        switch place {
        case .line(let line): "\(source):\(line)"
        case .flag(let flag): "--set \(flag)"
        }
    }

    /// Puts the value of `--set path=value` in its place, adding what does not exist; the validation that follows
    /// refuses keys that must not exist, naming the flag.
    ///
    /// In a list of named tables (load points, sections of `log`) a path's component is the `name` of one of them.
    mutating func override(_ flag: String, source: String) throws(WorkloadError) {
        guard let equals = flag.firstIndex(of: "="), equals != flag.startIndex else {
            throw WorkloadError("--set \(flag): path=value expected, for example load.clients=8")
        }
        let path = flag[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard !path.contains("") else {
            throw WorkloadError("--set \(flag): the path has an empty part; load.clients=8 is an example")
        }
        let replacement = try Setting.parse(
            yaml: String(flag[flag.index(after: equals)...]),
            source: "--set \(flag)",
            flag: flag
        )
        try replace(path[...], by: replacement, flag: flag)
    }

    private mutating func replace(_ path: ArraySlice<String>, by replacement: Setting, flag: String)
        throws(WorkloadError)
    {
        guard let first = path.first else {
            self = replacement
            return
        }
        switch value {
        case .table(var entries):
            if let index = entries.firstIndex(where: { $0.key == first }) {
                try entries[index].value.replace(path.dropFirst(), by: replacement, flag: flag)
                entries[index].place = .flag(flag)
            } else {
                var added = Setting(value: .table([]), place: .flag(flag))
                try added.replace(path.dropFirst(), by: replacement, flag: flag)
                entries.append(Entry(key: first, place: .flag(flag), value: added))
            }
            value = .table(entries)
        case .list(var list):
            guard let index = list.firstIndex(where: { $0.name == first }) else {
                throw Self.noEntry(named: first, among: list.compactMap(\.name), flag: flag)
            }
            try list[index].replace(path.dropFirst(), by: replacement, flag: flag)
            value = .list(list)
        case .scalar:
            throw WorkloadError("--set \(flag): there is nothing named \(first) below a plain value")
        }
    }

    /// - Parameter names: of the list's entries, as far as they have one.
    private static func noEntry(named name: String, among names: [String], flag: String) -> WorkloadError {
        guard let one = names.first else {
            return WorkloadError("--set \(flag): no entry of the list is named \(name); none has a name")
        }
        var hint = NearestName.question(names, to: name)
        // Where a file has one section, its keys come next; where it has several, the name of one comes between.
        var parts = flag.prefix { $0 != "=" }.split(separator: ".").map(String.init)
        if hint.isEmpty, let place = parts.firstIndex(of: name),
            WorkloadKeys.paths.contains(where: { $0.hasSuffix(".\(name)") })
        {
            parts.insert(one, at: place)
            hint = "; name the entry, too: --set \(parts.joined(separator: "."))\(flag.drop { $0 != "=" })"
        }
        return WorkloadError(
            "--set \(flag): no entry of the list is named \(name)"
                + NearestName.sentences(hint, "there are \(names.joined(separator: ", "))")
        )
    }

    /// Whether it is an empty table, or YAML's null, as a document without content is.
    var isNothing: Bool {
        switch value {
        case .table(let entries): entries.isEmpty
        case .scalar(let text): ["", "~", "null"].contains(text)
        case .list: false
        }
    }

    /// The text under the key `name`, if this is a table that has one.
    private var name: String? {
        guard case .table(let entries) = value, let entry = entries.first(where: { $0.key == "name" }),
            case .scalar(let text) = entry.value.value
        else { return nil }
        return text
    }
}
