import Glibc
import Synchronization

/// Says on stderr how far the runs are: one line that rewrites itself on a terminal, plain lines elsewhere.
public final class ProgressLine: Sendable {
    private struct State {
        var shown = false
        var schedule: RunSchedule?
        /// The run under way and since when.
        var run: (number: Int, began: ContinuousClock.Instant)?
        var lastEnded = 0
        /// What is shown, with its times left open.
        var live: LiveLine?
        var redrawing: Task<Void, Never>?
    }

    /// How much is said.
    public enum Verbosity: Sendable, Comparable {
        case silent, warnings, full
    }

    public let isTerminal: Bool
    private let verbosity: Verbosity
    private let state = Mutex(State())
    /// Gets what would go to standard error.
    private let put: @Sendable (String) -> Void
    /// Of the terminal, now.
    private let columns: @Sendable () -> Int

    /// - Parameter put: where the text goes; standard error by default.
    public init(
        isTerminal: Bool = isatty(STDERR_FILENO) == 1,
        verbosity: Verbosity = .full,
        columns: @escaping @Sendable () -> Int = { Display.terminalColumns(of: STDERR_FILENO) ?? 80 },
        put: @escaping @Sendable (String) -> Void = ProgressLine.toStandardError
    ) {
        self.isTerminal = isTerminal
        self.verbosity = verbosity
        self.columns = columns
        self.put = put
    }

    /// Shows the state of run `run` of `of`. `fraction` is from 0 to 1 over this run.
    public func show(run: Int, of total: Int, fraction: Double, text: String) {
        guard isTerminal, verbosity == .full else { return }
        let bar = Self.bar(fraction: (Double(run - 1) + fraction) / Double(max(1, total)), width: 24)
        // A line that wraps could not be rewritten: the carriage return goes to its last row only.
        state.withLock { state in
            let left = Self.left(state).map { ", \($0)" } ?? ""
            let line = "[\(bar)] \(run)/\(total)\(left)  \(text)"
            put("\r\u{1b}[K" + line.prefix(max(1, columns() - 1)))
            state.shown = true
        }
    }

    /// Shows a line that is drawn again twice a second, with the time that has gone by, until `clear`.
    ///
    /// What it says is what the load reports once a second anyway. Drawing costs a few microseconds and one write to the
    /// terminal, twice a second, and nothing for each operation; where there is no terminal it costs nothing.
    public func show(_ line: LiveLine) {
        guard isTerminal, verbosity == .full else { return }
        state.withLock { state in
            var line = line
            // What is said of the leader, and of a run's last second, holds until there is something newer.
            if let old = state.live, old.run == line.run { line.leader = line.leader ?? old.leader }
            state.live = line
            redraw(&state)
            guard state.redrawing == nil else { return }
            state.redrawing = Task { [weak self] in
                while !Task.isCancelled {
                    try? await Task.sleep(for: .milliseconds(500))
                    guard !Task.isCancelled, let self else { return }
                    self.state.withLock { self.redraw(&$0) }
                }
            }
        }
    }

    /// Writes under the lock: a line that is written after `clear` would stay, with the next output glued to it.
    private func redraw(_ state: inout State) {
        guard var line = state.live else { return }
        if let run = state.run, run.number == line.run {
            line.elapsedSeconds = (ContinuousClock.now - run.began) / .seconds(1)
        }
        line.left = Self.left(state)
        state.shown = true
        put("\r\u{1b}[K" + line.text(columns: columns()))
    }

    /// From here on the lines say how long the runs that are left will take.
    public func expect(_ schedule: RunSchedule) { state.withLock { $0.schedule = schedule } }

    /// - Parameter run: from 1.
    public func began(run: Int) { state.withLock { $0.run = (run, .now) } }

    /// What it took corrects what the others are thought to take.
    public func ended(run: Int) {
        state.withLock { state in
            guard let (number, began) = state.run, number == run else { return }
            state.schedule?.ended(run: run, after: (ContinuousClock.now - began) / .seconds(1))
            state.run = nil
            state.lastEnded = run
        }
    }

    /// `about 7 min left`; nil before anybody knows, and after the last run.
    public var left: String? { state.withLock { Self.left($0) } }

    private static func left(_ state: State) -> String? {
        guard let schedule = state.schedule else { return nil }
        let elapsed = state.run.map { (ContinuousClock.now - $0.began) / .seconds(1) } ?? 0
        let seconds = schedule.remaining(run: state.run?.number ?? state.lastEnded + 1, elapsed: elapsed)
        return seconds > 0 ? RunSchedule.left(seconds: seconds) : nil
    }

    /// A line that stays, on a terminal and elsewhere.
    public func line(_ text: String) {
        guard verbosity == .full else { return }
        say(text)
    }

    /// A line that `--quiet` does not leave out: `warning: ...`.
    public func warn(_ text: String) {
        guard verbosity >= .warnings else { return }
        say("warning: " + text)
    }

    /// Something that went wrong, while the rest goes on: `zabbench: ...`, and perhaps more lines.
    public func fault(_ text: String) {
        guard verbosity >= .warnings else { return }
        say("zabbench: " + text)
    }

    /// Whether `line` is said, and not only what `--quiet` leaves.
    public var saysLines: Bool { verbosity == .full }

    /// Above the line that is rewritten, which comes back below it.
    private func say(_ text: String) {
        state.withLock { state in
            put((state.shown ? "\r\u{1b}[K" : "") + text + "\n")
            redraw(&state)
        }
    }

    /// Takes the bar away, before other output.
    public func clear() {
        state.withLock { state in
            state.live = nil
            state.redrawing?.cancel()
            state.redrawing = nil
            if state.shown { put("\r\u{1b}[K") }
            state.shown = false
        }
    }

    /// `#####-----`, full from 1 on.
    static func bar(fraction: Double, width: Int) -> String {
        let full = max(0, min(width, Int(fraction * Double(width))))
        return String(repeating: "#", count: full) + String(repeating: "-", count: width - full)
    }

    /// A closed or full stderr is no reason to stop a measurement.
    public static func toStandardError(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
