import Results

@testable import Report

extension StoredResults {
    /// The rows of files' texts; empty for a file that is not there.
    init(
        summary: String = "",
        timeseries: String = "",
        events: String = "",
        servers: String = "",
        stages: String = "",
        elections: String = ""
    ) throws {
        self.init()
        runs = try ResultsFile(parsing: summary).rows
        seconds = try ResultsFile(parsing: timeseries).rows
        self.events = try ResultsFile(parsing: events).rows
        self.servers = try ResultsFile(parsing: servers).rows
        self.stages = try ResultsFile(parsing: stages).rows
        faults = try ResultsFile(parsing: elections).rows
    }
}
