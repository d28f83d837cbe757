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
}
