import Report
import Results

/// Files of different versions: what the older one has no column for is not known of its runs, and is no difference.
extension StoredRuns {
    /// Columns of a load that only one of the two files has, and in which its loads do not differ.
    ///
    /// Where they do differ, nothing says which of them the other file's runs are like, so they stay apart.
    static func unknownColumns(_ one: StoredRuns, _ other: StoredRuns) -> Set<String> {
        func lacking(_ older: StoredRuns, _ newer: StoredRuns) -> [String] {
            LoadKey.columns.map(\.name).filter { name in
                newer.columns.contains(name) && !older.columns.contains(name)
                    && Set(newer.groups.map { $0.members[name] ?? "" }).count == 1
            }
        }
        return Set(lacking(one, other) + lacking(other, one))
    }

    /// The same runs, with loads that say nothing in those columns.
    func withoutColumns(_ columns: Set<String>) -> StoredRuns {
        guard !columns.isEmpty else { return self }
        var runs = self
        for index in runs.runs.indices { runs.runs[index].group = runs.runs[index].group.without(columns) }
        return runs
    }

    /// The names in the first line of summary.csv.
    static func columns(of summary: String) -> Set<String> {
        Set(CSVTable(parsing: String(decoding: summary.utf8.prefix { $0 != 0x0a }, as: UTF8.self) + "\n").header)
    }
}

extension LoadKey {
    func without(_ columns: Set<String>) -> LoadKey {
        columns.isEmpty ? self : LoadKey(members: members.filter { !columns.contains($0.key) })
    }
}
