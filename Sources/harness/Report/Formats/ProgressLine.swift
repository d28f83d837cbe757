import Glibc
import Synchronization

/// Says on stderr how far the runs are: a bar that rewrites itself on a terminal, plain lines elsewhere.
public final class ProgressLine: Sendable {
    private struct State {
        var shown = false
        var schedule: RunSchedule?
        /// The run under way and since when.
        var run: (number: Int, began: ContinuousClock.Instant)?
        var lastEnded = 0
    }

    public let isTerminal: Bool
    private let isQuiet: Bool
    private let state = Mutex(State())

    public init(isTerminal: Bool = isatty(STDERR_FILENO) == 1, isQuiet: Bool = false) {
        self.isTerminal = isTerminal
        self.isQuiet = isQuiet
    }

    /// Shows the state of run `run` of `of`. `fraction` is from 0 to 1 over this run.
    public func show(run: Int, of total: Int, fraction: Double, text: String) {
        guard isTerminal, !isQuiet else { return }
        let bar = Self.bar(fraction: (Double(run - 1) + fraction) / Double(max(1, total)), width: 24)
        // A line that wraps could not be rewritten: the carriage return goes to its last row only.
        let left = left.map { ", \($0)" } ?? ""
        let line = "[\(bar)] \(run)/\(total)\(left)  \(text)"
        write("\r\u{1b}[K" + line.prefix(max(1, Self.terminalColumns() - 1)))
        state.withLock { $0.shown = true }
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
    public var left: String? {
        state.withLock { state in
            guard let schedule = state.schedule else { return nil }
            let elapsed = state.run.map { (ContinuousClock.now - $0.began) / .seconds(1) } ?? 0
            let seconds = schedule.remaining(run: state.run?.number ?? state.lastEnded + 1, elapsed: elapsed)
            return seconds > 0 ? RunSchedule.left(seconds: seconds) : nil
        }
    }

    /// A line that stays, on a terminal and elsewhere.
    public func line(_ text: String) {
        guard !isQuiet else { return }
        clear()
        write(text + "\n")
    }

    /// Takes the bar away, before other output.
    public func clear() {
        let wasShown = state.withLock { state in
            defer { state.shown = false }
            return state.shown
        }
        if wasShown { write("\r\u{1b}[K") }
    }

    /// `#####-----`, full from 1 on.
    static func bar(fraction: Double, width: Int) -> String {
        let full = max(0, min(width, Int(fraction * Double(width))))
        return String(repeating: "#", count: full) + String(repeating: "-", count: width - full)
    }

    /// The terminal's width now; 80 where it does not say.
    private static func terminalColumns() -> Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// A closed or full stderr is no reason to stop a measurement.
    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
