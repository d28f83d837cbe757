extension HistorySummary {
    /// The last transaction of this epoch that the history holds, as far as the summary tells; `base` counts as the
    /// end of its own epoch when nothing of that epoch follows it.
    func end(of epoch: Epoch) -> Zxid? {
        for end in epochEnds.reversed() {
            if end.epoch == epoch { return end }
            if end.epoch < epoch { break }
        }
        return base.epoch == epoch ? base : nil
    }

    /// Whether this transaction is in the log, or is what the log starts after. False for what lies before `base`:
    /// the summary cannot tell.
    func contains(_ zxid: Zxid) -> Bool {
        if zxid == base { return true }
        guard zxid > base, zxid.counter > 0, let end = end(of: zxid.epoch) else { return false }
        return zxid <= end
    }

    /// The last transaction that both histories hold, or nil if the summaries show none.
    ///
    /// Within one epoch two histories are equal up to the smaller end, so the highest epoch of which both hold
    /// transactions decides. Whatever both hold besides lies before that point.
    func commonPoint(with other: HistorySummary) -> Zxid? {
        for end in epochEnds.reversed() {
            if let theirs = other.end(of: end.epoch) { return min(end, theirs) }
        }
        return other.end(of: base.epoch).map { min(base, $0) }
    }

    /// Takes in transactions of one epoch up to `last`.
    mutating func append(through last: Zxid) {
        if let index = epochEnds.indices.last, epochEnds[index].epoch == last.epoch {
            epochEnds[index] = last
        } else {
            epochEnds.append(last)
        }
    }

    /// Forgets everything after `zxid`, which the history contains.
    mutating func truncate(to zxid: Zxid) {
        var cut = false
        while let end = epochEnds.last, end > zxid {
            epochEnds.removeLast()
            cut = true
        }
        // The cut went through the middle of an epoch: its new end is the cut itself.
        if cut, zxid > base, epochEnds.last != zxid { epochEnds.append(zxid) }
    }

    /// The log now starts after `newBase`.
    mutating func drop(through newBase: Zxid) {
        base = newBase
        epochEnds.removeAll { $0 <= newBase }
    }
}
