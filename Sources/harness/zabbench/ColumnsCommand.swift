import ArgumentParser
import Bench
import Comparisons
import Glibc
import Report
import Results

struct ColumnsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "columns",
        abstract: "Print every column of every results file: unit, meaning, pitfalls.",
        discussion:
            "Print Markdown (docs/reference/columns.md is its output), or JSON for programs with --json."
    )

    static let page = ColumnsPage([
        .init(SummaryRow.self, "One row for each run."),
        .init(SecondRow.self, "One row for each second of a run, as the clients saw it."),
        .init(ServerRow.self, "One row for each server and about each second; counters are what they grew by in it."),
        .init(StageRow.self, "Where the time of a write goes: the rows of traced runs (`trace: true`)."),
        .init(ElectionRow.self, "One row for each fault that was made."),
        .init(FaultBinRow.self, "One row for each tenth of a second around a fault, as the clients saw it."),
        .init(ElectionSummary.self, "One row for all faults of one kind in one setting."),
        .init(StormRow.self, "One row for each storm: what became of its crowd, and of the readers meanwhile."),
        .init(ScalingRow.self, "How a load scales with the size of the ensemble; made of summary.csv."),
        .init(TurnRow.self, "One row for each turn of a load that took turns with another build's (`zabbench ab`)."),
        .init(EventRow.self, "What happened when."),
        .init(PairRow.self, "One row for each pair of `zabbench ab`: what others had of the processors in it."),
        .init(PairSide.self, "One row for each side of each pair that `zabbench power` made."),
    ])

    @OptionGroup var output: OutputOptions<TableFormat>

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        try output.check()
        try output.publish { format, _ in
            switch format {
            case .table: Self.page.text
            case .json: try Self.page.json()
            }
        }
    }
}
