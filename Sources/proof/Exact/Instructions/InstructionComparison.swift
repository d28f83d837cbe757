import Report

/// A load point that needs more instructions than the baseline says, or fewer.
public struct InstructionDifference: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        case regressed
        /// Fails too, since the baseline is to say what is true.
        case better
        /// The baseline has nothing of it.
        case new
        /// Only the baseline has it.
        case gone
    }

    enum Figure: String, Hashable, Sendable {
        /// The engine and Swift's runtime.
        case program
        /// Libraries of the machine.
        case system
    }

    /// A function's part in it, per write.
    struct Function: Hashable, Sendable {
        var name: String
        /// Nil if the baseline has no line of it: then it was less than `InstructionBaseline.functionShare`.
        var before: Double?
        /// Nil if there is nothing of it any more.
        var after: Double?

        var change: Double { (after ?? 0) - (before ?? 0) }
        var words: String {
            let share = InstructionText.percent(InstructionBaseline.functionShare).dropFirst()
            let old = before.map(InstructionText.number) ?? "under \(share)"
            return "\(name) \(old) -> \(after.map(InstructionText.number) ?? "none")"
        }
    }

    public var workload: String
    var figure: Figure
    public var kind: Kind
    /// Per write; nil if only the other side has it.
    var before: Double?
    var after: Double?
    /// Those that changed the same way, the most first.
    var functions: [Function] = []

    /// `program 17,412.0 -> 18,085.8 instructions/write (+3.87 %)`
    var words: String {
        func text(_ value: Double?) -> String { value.map(InstructionText.number) ?? "none" }
        var text = "\(figure.rawValue) \(text(before)) -> \(text(after)) instructions/write"
        if let before, let after { text += " (\(InstructionText.percent(after / before - 1)))" }
        return text
    }

    /// With its functions, a line each.
    var lines: [String] { ["\(kind.rawValue): \(workload) \(words)"] + functions.map { "    \($0.words)" } }
}

/// What was counted, held against the baseline.
public struct InstructionComparison: Sendable {
    /// The share of a load point's program that may differ without a word. Runs of one build do not differ at all
    /// (docs/reference/exact-tier.md); the room is for what a compiler does elsewhere when a line changes.
    static let threshold = 0.001
    /// Of all its instructions, for the libraries: jemalloc's work depends on time and addresses.
    static let systemThreshold = 0.01
    /// As many functions are named for one difference.
    static let functionsNamed = 6

    public private(set) var differences: [InstructionDifference] = []
    /// What does not compare, a line each.
    public private(set) var obstacles: [String] = []
    /// What was not compared, and need not be.
    public private(set) var notes: [String] = []
    /// Load points that were held against each other.
    public private(set) var compared: Set<String> = []

    /// Why a program cannot be compared, before anything is counted; nil if it can.
    public static func obstacle(
        _ build: InstructionMeasurement.Build,
        engine: String,
        in baseline: InstructionBaseline
    ) -> String? {
        guard let before = baseline.measurement(of: build) else {
            let known = baseline.measurements.map(\.build.words)
            return "there is no baseline for this compiler and processor (\(build.words)), only for: "
                + (known.isEmpty ? "none" : known.joined(separator: "; "))
        }
        guard before.engine == engine else {
            return "the baseline is of another engine format (\(before.engine)) than this program (\(engine))"
        }
        return nil
    }

    public init(_ measurement: InstructionMeasurement, with baseline: InstructionBaseline) {
        if let obstacle = Self.obstacle(measurement.build, engine: measurement.engine, in: baseline) {
            obstacles = [obstacle]
        }
        guard obstacles.isEmpty, let before = baseline.measurement(of: measurement.build) else { return }
        let isSameMachine = before.libraries == measurement.libraries
        if !isSameMachine {
            notes.append(
                "libraries of the machine are not compared: here \(measurement.libraries), "
                    + "in the baseline \(before.libraries)"
            )
        }
        for now in measurement.loads {
            guard let old = before.loads.first(where: { $0.name == now.name }) else {
                note(now, .new)
                continue
            }
            guard old.summary == now.summary, old.writes == now.writes else {
                obstacles.append(
                    "\(now.name) is another load than in the baseline: (\(old.summary)), now (\(now.summary))"
                )
                continue
            }
            compared.insert(now.name)
            compare(old, now, .program)
            if isSameMachine { compare(old, now, .system) }
        }
        for old in before.loads where !measurement.loads.contains(where: { $0.name == old.name }) { note(old, .gone) }
    }

    private mutating func note(_ load: InstructionCounts, _ kind: InstructionDifference.Kind) {
        let value = load.perWrite(load.program)
        differences.append(
            InstructionDifference(
                workload: load.name,
                figure: .program,
                kind: kind,
                before: kind == .gone ? value : nil,
                after: kind == .new ? value : nil
            )
        )
    }

    private mutating func compare(
        _ old: InstructionCounts,
        _ now: InstructionCounts,
        _ figure: InstructionDifference.Figure
    ) {
        func total(_ counts: InstructionCounts) -> Int {
            figure == .program ? counts.program : counts.parts[.system] ?? 0
        }
        let (before, after) = (total(old), total(now))
        let room = figure == .program ? Double(before) * Self.threshold : Double(old.all) * Self.systemThreshold
        guard Double(abs(after - before)) > room else { return }
        differences.append(
            InstructionDifference(
                workload: now.name,
                figure: figure,
                kind: after > before ? .regressed : .better,
                before: old.perWrite(before),
                after: now.perWrite(after),
                functions: Self.functions(old, now, figure, isGrowth: after > before)
            )
        )
    }

    /// The functions that made a figure what it is, the greatest change first.
    private static func functions(
        _ old: InstructionCounts,
        _ now: InstructionCounts,
        _ figure: InstructionDifference.Figure,
        isGrowth: Bool
    ) -> [InstructionDifference.Function] {
        // The baseline has no line of what was less than this.
        let floor = Int(Double(max(old.all, now.all)) * InstructionBaseline.functionShare)
        var changes: [InstructionDifference.Function] = []
        for name in Set(old.functions.keys).union(now.functions.keys) {
            // A library's name is in brackets.
            guard name.hasSuffix(")") == (figure == .system) else { continue }
            let before = old.functions[name]
            let after = now.functions[name]
            if before == nil, (after ?? 0) <= floor { continue }
            let change = (after ?? 0) - (before ?? 0)
            guard isGrowth ? change > 0 : change < 0, abs(change) * 2000 > now.all else { continue }
            changes.append(
                InstructionDifference.Function(
                    name: name,
                    before: before.map(old.perWrite),
                    after: after.map(now.perWrite)
                )
            )
        }
        changes.sort { (-abs($0.change), $0.name) < (-abs($1.change), $1.name) }
        return Array(changes.prefix(functionsNamed))
    }

    /// Load points that both sides have and that differ.
    var changes: [InstructionDifference] { differences.filter { $0.before != nil && $0.after != nil } }

    /// 0 all equal, 2 a load point differs, 5 the baseline is of something else.
    public var exitCode: ExitStatus {
        if !changes.isEmpty { return .regression }
        return obstacles.isEmpty && differences.isEmpty ? .pass : .notComparable
    }
}
