import Results

/// Cells by the names of their columns, as a test looks at a file.
extension CSVTable {
    /// Empty where there is none.
    package func text(_ row: [String], _ name: String) -> String { column(name).map { row[$0] } ?? "" }
    package func number(_ row: [String], _ name: String) -> Double? { Double(text(row, name)) }
}
