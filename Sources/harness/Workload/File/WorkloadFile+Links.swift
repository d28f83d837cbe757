import Words

extension WorkloadFile {
    enum LinkKeys {
        static let links = ["proxied", "delay_us", "delay_ms", "bandwidth_mbit_per_s", "groups", "between"]
        static let between = ["name", "groups", "from", "to", "delay_us", "delay_ms", "bandwidth_mbit_per_s"]
        static let inject = ["sync_us", "leader_loop_us", "write_ns", "link_us", "link_server", "stall"]
        /// A minute: longer than any timeout that a server may have.
        static let longestMicroseconds = 60_000_000
    }

    /// The `links` section: what every way between two servers is like, then what differs, the last word counting.
    ///
    /// - Parameter sizes: of the ensembles; what names a server must be right for each of them.
    /// - Throws: `WorkloadError` for a server, group or combination that does not exist.
    static func links(_ top: SettingTable, sizes: [Int], placement: EnsemblePlacement) throws(WorkloadError)
        -> PlannedLinks
    {
        guard let section = top.setting("links") else { return PlannedLinks() }
        let table = try SettingTable(section, path: "links", source: top.source, keys: LinkKeys.links)
        guard try table.bool("proxied", default: true) else {
            for key in LinkKeys.links where key != "proxied" && table.has(key) {
                throw table.error(key, "servers that talk directly (proxied: false) have what the machine has")
            }
            return PlannedLinks()
        }
        try refuse(placement, at: top, key: "links", what: "the proxy lies between servers that are processes of ours")
        var links = PlannedLinks(isProxied: true)
        let most = sizes.max() ?? 1
        let usual = try condition(table)
        for one in 1...most { for other in 1...most where other != one { links[from: one, to: other] = usual } }
        let groups = try groups(table, sizes: sizes)
        for between in try sections(table) {
            let condition = try condition(between, or: usual)
            for way in try ways(between, groups: groups, sizes: sizes) {
                links[from: way.from, to: way.to] = condition
            }
        }
        return links
    }

    /// The `inject` section.
    static func injection(_ top: SettingTable, sizes: [Int], placement: EnsemblePlacement) throws(WorkloadError)
        -> PlannedInjection
    {
        guard let section = top.setting("inject") else { return PlannedInjection() }
        let table = try SettingTable(section, path: "inject", source: top.source, keys: LinkKeys.inject)
        let range = 0...LinkKeys.longestMicroseconds
        var injection = PlannedInjection(
            syncMicroseconds: try table.integer("sync_us", in: range, default: 0),
            leaderLoopMicroseconds: try table.integer("leader_loop_us", in: range, default: 0),
            writeNanoseconds: try table.integer("write_ns", in: range, default: 0),
            linkMicroseconds: try table.integer("link_us", in: range, default: 0),
            linkServer: try server(table, "link_server", sizes: sizes) ?? 1
        )
        try stall(table, top, placement: placement, into: &injection)
        if placement == .external {
            throw top.error("inject", "nothing can be injected into servers that run already (placement: external)")
        }
        if injection.linkMicroseconds > 0 {
            try refuse(
                placement,
                at: table,
                key: "link_us",
                what: "the link's delay is the proxy's, which lies between "
                    + "servers that are processes of ours"
            )
            guard let least = sizes.min(), least > 1 else {
                throw table.error("link_us", "an ensemble of 1 server has no links")
            }
            if let links = top.setting("links"),
                try !SettingTable(links, path: "links", source: top.source, keys: LinkKeys.links)
                    .bool("proxied", default: true)
            {
                throw table.error("link_us", "links.proxied is false, and only proxied links can be delayed")
            }
        } else if table.has("link_server") {
            throw table.error("link_server", "says whose links are slow, but link_us is missing or 0")
        }
        return injection
    }

    private static func refuse(_ placement: EnsemblePlacement, at table: SettingTable, key: String, what reason: String)
        throws(WorkloadError)
    {
        guard placement != .processes else { return }
        throw table.error(key, "\(reason); with placement: \(placement.rawValue) the servers talk directly")
    }

    /// - Parameter usual: what holds where the table says nothing.
    private static func condition(_ table: SettingTable, or usual: LinkCondition = LinkCondition())
        throws(WorkloadError) -> LinkCondition
    {
        guard !table.has("delay_us") || !table.has("delay_ms") else {
            throw table.error("delay_ms", "delay_us is there, too; keep one of them")
        }
        var condition = usual
        if table.has("delay_us") {
            condition.delayMicroseconds = try table.integer(
                "delay_us",
                in: 0...LinkKeys.longestMicroseconds,
                default: 0
            )
        } else if table.has("delay_ms") {
            let longest = Double(LinkKeys.longestMicroseconds) / 1000
            let milliseconds = try table.number("delay_ms", in: 0...longest, default: 0)
            condition.delayMicroseconds = Int((milliseconds * 1000).rounded())
        }
        if table.has("bandwidth_mbit_per_s") {
            condition.megabitsPerSecond = try table.number("bandwidth_mbit_per_s", in: 0.1...1_000_000, default: 1)
        }
        return condition
    }

    /// The groups by name, in the order of the file. No server in two of them.
    private static func groups(_ table: SettingTable, sizes: [Int]) throws(WorkloadError) -> [String: [Int]] {
        guard let section = table.setting("groups") else { return [:] }
        guard case .table(let entries) = section.value else {
            throw table.error("groups", "a table of names, each with its servers, expected: {a: [1, 2], b: [3]}")
        }
        let names = entries.map(\.key)
        let list = try SettingTable(section, path: table.path + ".groups", source: table.source, keys: names)
        var groups: [String: [Int]] = [:]
        var owner: [Int: String] = [:]
        for name in names {
            let servers = try servers(list, name, sizes: sizes)
            for server in servers {
                if let other = owner[server] {
                    throw list.error(name, "server \(server) is in group \(other) already; each server in one group")
                }
                owner[server] = name
            }
            groups[name] = servers
        }
        return groups
    }

    private static func sections(_ table: SettingTable) throws(WorkloadError) -> [SettingTable] {
        guard let setting = table.setting("between") else { return [] }
        guard case .list(let list) = setting.value else {
            throw table.error("between", "a list of sections expected: [{groups: [a, b], delay_us: 5000}]")
        }
        var sections: [SettingTable] = []
        for (index, element) in list.enumerated() {
            let path = "\(table.path).between[\(index)]"
            sections.append(try SettingTable(element, path: path, source: table.source, keys: LinkKeys.between))
        }
        return sections
    }

    /// The ways that one section of `between` is about: both directions between two groups, or from some servers to
    /// others.
    private static func ways(_ section: SettingTable, groups: [String: [Int]], sizes: [Int]) throws(WorkloadError)
        -> [LinkWay]
    {
        if section.has("groups") {
            for key in ["from", "to"] where section.has(key) {
                throw section.error(key, "groups is there, too, and covers both directions; keep one of them")
            }
            let names = try section.parsed("groups") { (name) throws(WorkloadError) in
                guard groups[name] != nil else {
                    let known = groups.keys.sorted().joined(separator: ", ")
                    throw WorkloadError(
                        "no group is named \(name)"
                            + NearestName.sentences(
                                NearestName.question(groups.keys.sorted(), to: name),
                                known.isEmpty ? "links.groups is missing" : "there are \(known)"
                            )
                    )
                }
                return name
            }
            guard let names, names.count == 2, names[0].value != names[1].value,
                let one = groups[names[0].value], let other = groups[names[1].value]
            else { throw section.error("groups", "two different groups expected: [a, b]") }
            return pairs(one, other) + pairs(other, one)
        }
        guard section.has("from"), section.has("to") else {
            throw section.error("groups", "missing; a section says groups: [a, b], or from: and to: with servers")
        }
        let all = pairs(
            try servers(section, "from", sizes: sizes),
            try servers(section, "to", sizes: sizes)
        )
        guard !all.isEmpty else { throw section.error("to", "a server has no link with itself") }
        return all
    }

    private static func pairs(_ ones: [Int], _ others: [Int]) -> [LinkWay] {
        ones.flatMap { one in others.filter { $0 != one }.map { LinkWay(from: one, to: $0) } }
    }

    /// - Throws: `WorkloadError` for ids that one of the ensembles does not have.
    private static func servers(_ table: SettingTable, _ key: String, sizes: [Int]) throws(WorkloadError) -> [Int] {
        let servers = try table.integers(key, in: 1...255) ?? []
        for server in servers {
            for size in sizes where server > size {
                throw table.error(
                    key,
                    "server \(server) does not exist in the ensemble of \(CountedNoun.text(size, "server")) that "
                        + "ensemble.sizes asks for"
                )
            }
        }
        return servers
    }

    private static func server(_ table: SettingTable, _ key: String, sizes: [Int]) throws(WorkloadError) -> Int? {
        guard table.has(key) else { return nil }
        let servers = try servers(table, key, sizes: sizes)
        guard servers.count == 1 else { throw table.error(key, "the id of one server expected") }
        return servers[0]
    }
}
