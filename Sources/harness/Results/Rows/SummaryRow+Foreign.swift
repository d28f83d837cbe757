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
            "share of all processors that processes other than the harness and the servers used in the measured part",
            caution: "empty if the kernel does not report it"
        ),
        Column("steal_share", \.foreign.steal, "share of all processors that the hypervisor gave to other machines"),
        Column(
            "foreign_limited",
            of: \.foreign.isMarked,
            "whether the two shares add up to a tenth or more",
            caution: "neighbours affected such a row: do not compare it with any other"
        ),
        Column(
            "calibration_valid",
            \.limits.isValid,
            "false if the row contradicts the calibration; `x_floor` and the limit are then empty"
        ),
        Column("calibration_note", \.limits.note, "what is wrong with the calibration and how to fix it"),
    ]
}
