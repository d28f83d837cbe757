import Results

/// What is made from a folder's files, and can be made again.
extension ResultsFolder {
    /// Makes scaling.csv from the folder's summary.csv; leaves none where no load ran on several sizes.
    ///
    /// - Throws: `ResultsError`, `ResultsFileError`.
    public func writeScaling() throws {
        let rows = ScalingStudy.rows(try rows(SummaryRow.self), folder: name)
        guard !rows.isEmpty else { return }
        try replace(ScalingRow.file, with: ScalingRow.header + rows.map(\.line).joined())
    }

    /// Makes report.html from the folder's files.
    ///
    /// - Parameter manifest: the folder's; it knows the machine, and what is in no row.
    /// - Throws: `ResultsError`, `ResultsFileError`.
    public func writeReport(_ manifest: ManifestHead) throws {
        let page = HTMLReport.text(
            title: name,
            environment: manifest.machine,
            results: try StoredResults(self),
            notMade: manifest.notMade
        )
        try replace("report.html", with: page)
    }
}
