import Results

/// Several shards beside one ensemble: ratios with their intervals, a row for each number of shards below its load.
enum ShardTable {
    /// Empty where there is nothing to compare.
    static func text(_ rows: [SummaryRow], on display: Display) -> String {
        let ratios = ordered(rows)
        guard !ratios.isEmpty else { return "" }
        var table = ConsoleTable(
            columns: [.init("shards", .right)] + ShardRatio.figures.map { .init($0.title, .right) }
        )
        var last = ""
        for (load, ratio) in ratios {
            if load != last { table.headings[table.rows.count] = load }
            last = load
            table.rows.append(cells(ratio))
        }
        let count = Set(rows.map(\.tag.repeatNumber)).count
        let rounds =
            count > 1 ? "medians of the ratios within each of \(count) rounds, and their 95 % intervals" : "one round"
        return table.text(on: display) + display.paragraphs(["\(meaning): \(rounds)."])
    }

    /// The same for a page; empty where there is nothing to compare.
    static func html(_ rows: [SummaryRow]) -> String {
        let ratios = ordered(rows)
        guard !ratios.isEmpty else { return "" }
        var columns: [HTMLTable.Column] = [.init("Load", isWords: true), .init("Shards")]
        for figure in ShardRatio.figures {
            columns.append(.init(figure.title.prefix(1).uppercased() + figure.title.dropFirst()))
        }
        var table = HTMLTable(columns)
        for (load, ratio) in ratios { table.add(([load] + cells(ratio)).map(HTMLText.escaped)) }
        return table.html
            + "<p class=\"note\">\(HTMLText.escaped(meaning)): the median of the ratios within each round, and its "
            + "95&#160;% interval.</p>\n"
    }

    private static func cells(_ ratio: ShardRatio) -> [String] {
        ["\(ratio.key.shards ?? 1)"] + ShardRatio.figures.map { RatioTable.cell($0.ratio(ratio)) }
    }

    private static let meaning = "Figures of several shards divided by those of one ensemble under the same load"

    /// By load, and within it by the number of shards.
    private static func ordered(_ rows: [SummaryRow]) -> [(load: String, ratio: ShardRatio)] {
        let ratios = ShardRatio.all(rows)
        // The number of shards has a column of its own.
        let loads = ratios.map { ratio in
            var key = ratio.key
            key.shards = nil
            return key
        }
        let names = SettingNames(loads)
        let named = zip(loads, ratios).map { key, ratio in
            let words = [names.ensemble(key), key.loadName, names.log(key)].filter { !$0.isEmpty }
            return (load: words.joined(separator: ", "), ratio: ratio)
        }
        var order: [String] = []
        for load in named.map(\.load) where !order.contains(load) { order.append(load) }
        return order.flatMap { load in
            named.filter { $0.load == load }.sorted { ($0.ratio.key.shards ?? 1) < ($1.ratio.key.shards ?? 1) }
        }
    }
}
