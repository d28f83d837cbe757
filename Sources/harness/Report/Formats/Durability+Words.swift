import Results

extension SummaryRow.Durability {
    /// `yes`, or what was lost and by what: for tables.
    public var words: String {
        guard isKnown else { return "-" }
        guard isLossy else { return "yes" }
        let event = survivesProcessCrash == false ? "a process crash" : "power loss"
        // The data may be of no use altogether, and then nothing could be counted.
        guard let lost = acknowledgedLost, lost > 0 else { return "NO: fails at \(event)" }
        return "NO: lost \(ConsoleTable.grouped(Double(lost))) at \(event)"
    }

    /// The same without the event, where there is little room.
    var shortWords: String {
        guard isKnown, isLossy else { return words }
        guard let lost = acknowledgedLost, lost > 0 else { return "NO" }
        return "NO: lost \(ConsoleTable.grouped(Double(lost)))"
    }
}
