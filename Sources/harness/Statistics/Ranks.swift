/// Ranks from 1; equal values share the mean of theirs.
struct Ranks {
    var ranks: [Double]
    /// Σ (t³ − t) over the groups of t equal values: 0 without ties.
    var tieSum: Double

    init(_ values: [Double]) {
        let order = values.indices.sorted { values[$0] < values[$1] }
        ranks = Array(repeating: 0, count: values.count)
        tieSum = 0
        var start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
            for place in start..<end { ranks[order[place]] = Double(start + 1 + end) / 2 }
            let tied = Double(end - start)
            tieSum += tied * tied * tied - tied
            start = end
        }
    }
}
