/// All rows of one results folder, each decoded once: what reports and explanations are made from, and nothing else, so they
/// can be made again and cannot say what the files do not hold.
public struct StoredResults: Sendable {
    public var runs: [SummaryRow] = []
    public var seconds: [SecondRow] = []
    public var servers: [ServerRow] = []
    public var stages: [StageRow] = []
    public var faults: [ElectionRow] = []
    public var faultBins: [FaultBinRow] = []
    public var events: [EventRow] = []
    public var storms: [StormRow] = []
    /// Every bucket of the runs' histograms, read when somebody asks: no report fails for want of them.
    public var latencies = RecordedLatencies()

    public init() {}

    public init(_ folder: ResultsFolder) throws(ResultsFileError) {
        runs = try folder.rows(SummaryRow.self)
        seconds = try folder.rows(SecondRow.self)
        servers = try folder.rows(ServerRow.self)
        stages = try folder.rows(StageRow.self)
        faults = try folder.rows(ElectionRow.self)
        faultBins = try folder.rows(FaultBinRow.self)
        events = try folder.rows(EventRow.self)
        storms = try folder.rows(StormRow.self)
        latencies = RecordedLatencies(in: folder)
    }
}
