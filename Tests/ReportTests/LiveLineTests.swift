import Synchronization
import Testing

@testable import Report

@Suite struct LiveLineTests {
    private static var line: LiveLine {
        var line = LiveLine(phase: "measuring", run: 2, of: 9)
        line.elapsedSeconds = 12.9
        line.left = "about 7 min left"
        line.perSecond = 533_207
        line.p99Microseconds = 5190
        line.leader = 3
        return line
    }

    @Test(
        arguments: [
            (120, "[2/9] measuring  12 s  533,207/s  p99 5.19 ms  leader 3  no errors  about 7 min left"),
            (80, "[2/9] measuring  12 s  533,207/s  p99 5.19 ms  leader 3  about 7 min left"),
            (40, "[2/9] measuring  533,207/s  p99 5.19 ms"), (20, "[2/9] measuring"), (10, "[2/9] me…"),
        ]
    )
    func whatFitsIsShown(_ columns: Int, _ text: String) {
        #expect(Self.line.text(columns: columns) == text)
        #expect(text.count < columns)
    }

    /// Errors are the last to give way.
    @Test func errorsAreAlwaysShown() {
        var line = Self.line
        line.errors = 1
        #expect(line.text(columns: 40) == "[2/9] measuring  533,207/s  1 error")
        line.errors = 1200
        #expect(line.text(columns: 120).contains("leader 3  1,200 errors  about"))
    }

    @Test(arguments: [(0.4, "0 s"), (59.9, "59 s"), (125, "2:05"), (3725, "1:02:05")])
    func clocks(_ seconds: Double, _ text: String) { #expect(LiveLine.clock(seconds) == text) }

    /// Everything that goes to standard error.
    private final class Screen: Sendable {
        private let text = Mutex("")
        var shown: String { text.withLock { $0 } }
        func put(_ more: String) { text.withLock { $0 += more } }
    }

    private func progress(_ screen: Screen, isTerminal: Bool, _ verbosity: ProgressLine.Verbosity) -> ProgressLine {
        ProgressLine(isTerminal: isTerminal, verbosity: verbosity, columns: { 80 }, put: screen.put)
    }

    @Test func onATerminalOneLineIsRewrittenAndTakenAwayAtTheEnd() {
        let screen = Screen()
        let progress = progress(screen, isTerminal: true, .full)
        progress.show(LiveLine(phase: "starting 3 servers", run: 1, of: 1))
        progress.line("a note")
        progress.clear()
        #expect(screen.shown.hasPrefix("\r\u{1b}[K[1/1] starting 3 servers\r\u{1b}[Ka note\n\r\u{1b}[K[1/1] starting"))
        #expect(screen.shown.hasSuffix("\r\u{1b}[K"))
    }

    /// Drawn again by its own task and taken away by another: what is drawn last is never a line that stays.
    @Test func nothingIsDrawnOnceTheLineIsTakenAway() async {
        for _ in 0..<200 {
            let screen = Screen()
            let progress = progress(screen, isTerminal: true, .full)
            await withTaskGroup(of: Void.self) { group in
                for run in 1...4 {
                    group.addTask { progress.show(LiveLine(phase: "measuring", run: run, of: 4)) }
                    group.addTask { progress.line("a note") }
                }
            }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { progress.line("the last note") }
                group.addTask { progress.clear() }
            }
            let shown = screen.shown
            #expect(shown.hasSuffix("\r\u{1b}[K") || shown.hasSuffix("the last note\n"), "\(shown)")
        }
    }

    /// The leader is told once, and the load's reports know nothing of it.
    @Test func whatWasSaidOfARunIsKept() {
        let screen = Screen()
        let progress = progress(screen, isTerminal: true, .full)
        var ready = LiveLine(phase: "ready", run: 1, of: 2)
        ready.leader = 2
        progress.show(ready)
        progress.show(LiveLine(phase: "measuring", run: 1, of: 2))
        #expect(screen.shown.hasSuffix("[1/2] measuring  leader 2"))
        progress.show(LiveLine(phase: "starting 3 servers", run: 2, of: 2))
        #expect(screen.shown.hasSuffix("[2/2] starting 3 servers"))
        progress.clear()
    }

    @Test(
        arguments: [
            (ProgressLine.Verbosity.full, "a note\nwarning: look\n"), (.warnings, "warning: look\n"), (.silent, ""),
        ]
    )
    func quietLeavesNotesOut(_ verbosity: ProgressLine.Verbosity, _ text: String) {
        let screen = Screen()
        let progress = progress(screen, isTerminal: false, verbosity)
        progress.show(LiveLine(phase: "measuring", run: 1, of: 1))
        progress.line("a note")
        progress.warn("look")
        progress.clear()
        #expect(screen.shown == text)
    }
}
