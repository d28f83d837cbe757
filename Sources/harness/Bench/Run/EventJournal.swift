import CPlatform
import Report
import Results
import Synchronization
import Targets

/// Writes events.csv, and the same in plain words to stderr where there is no progress bar.
final class EventJournal: Sendable {
    private let folder: ResultsFolder
    private let tag: RunTag
    private let progress: ProgressLine
    private let startedAt: Int64
    private let failure = Mutex<ResultsError?>(nil)

    /// - Parameter startedAt: when the run's first server was asked to start, nanoseconds since 1970.
    init(folder: ResultsFolder, tag: RunTag, progress: ProgressLine, startedAt: Int64) {
        self.folder = folder
        self.tag = tag
        self.progress = progress
        self.startedAt = startedAt
    }

    /// Records something that happened at `at` (nanoseconds since 1970), now if nil.
    ///
    /// A write that fails is kept for `check`, since things happen where nobody can throw.
    ///
    /// - Parameter isSaid: whether it is a line on stderr, too, where there is no progress bar.
    func record(
        _ event: String,
        server: Int? = nil,
        detail: String? = nil,
        at moment: Int64? = nil,
        isSaid: Bool = true
    ) {
        let time = moment ?? zb_unix_nanoseconds()
        let row = EventRow(
            tag: tag,
            time: Timestamp(unixNanoseconds: time),
            elapsedSeconds: Double(time - startedAt) / 1e9,
            event: event,
            serverID: server,
            detail: detail
        )
        do {
            try folder.append(row)
        } catch {
            failure.withLock { $0 = error }
        }
        guard isSaid, !progress.isTerminal else { return }
        let words = [event.replacing("_", with: " "), server.map { "server \($0)" }, detail].compactMap { $0 }
        progress.line("\(tag.runID): " + words.joined(separator: ", "))
    }

    /// Throws the first failure to write, if there was one.
    func check() throws {
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
