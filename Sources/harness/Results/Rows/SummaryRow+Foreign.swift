import Measure

extension SummaryRow {
    /// What others had of this machine's processors in the measured part; in turns with another load, in this one's.
    public struct ForeignFigures: Sendable, Equatable {
        /// From 0 to 1 of all processors: processes that are neither the harness nor its servers, nor servers on this
        /// machine that it was connected to.
        public var share: Double?
        /// From 0 to 1 of all processors: what the hypervisor gave to other machines.
        public var steal: Double?
        public init() {}

        public init(_ load: ForeignLoad?) {
            share = load?.share
            steal = load?.steal
        }

        public var load: ForeignLoad? { share.map { ForeignLoad(share: $0, steal: steal) } }

        /// Whether the row is marked: its figures are the neighbours' as well, and compare with no other row's. It
        /// stays valid: the servers did what it says, and every acknowledged write was looked for.
        public var isMarked: Bool? { load?.isAboveBound }
    }

    static let foreignColumns: [Column<SummaryRow>] = [
        Column(
            "foreign_cpu_share",
            \.foreign.share,
            "of all processors, used by processes that are neither the harness nor the servers, in the measured part",
            caution: "empty where the kernel does not tell"
        ),
        Column("steal_share", \.foreign.steal, "of all processors, given to other machines by the hypervisor"),
        Column(
            "foreign_limited",
            of: \.foreign.isMarked,
            "whether both together are a tenth or more",
            caution: "such a row is the neighbours' as well: it compares with no other"
        ),
        Column(
            "calibration_valid",
            \.limits.isValid,
            "false where the row contradicts the calibration, so that `x_floor` and the limit are empty"
        ),
        Column("calibration_note", \.limits.note, "what is wrong with the calibration, and what to do"),
    ]
}
