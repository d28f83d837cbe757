/// What the harness tells its janitor, one line each on the pipe between them.
///
/// A line is shorter than PIPE_BUF, so it arrives whole or not at all, whatever ends the harness.
public enum JanitorOrder: Sendable, Hashable {
    /// Remove this folder at the end.
    case remove(folder: String)
    /// Remove this folder at the end, if there is nothing in it then.
    case removeIfEmpty(folder: String)
    /// Leave the folders where they are.
    case keepFolders
    /// A process is about to be started in this folder; its pid follows, unless the harness dies in between.
    case starting(folder: String)
    /// Kill this process at the end.
    case started(pid: Int32, startTicks: UInt64)
    /// This process has ended by itself or was stopped.
    case ended(pid: Int32)

    public var line: String {
        switch self {
        case .remove(let folder): "remove \(folder)\n"
        case .removeIfEmpty(let folder): "empty \(folder)\n"
        case .keepFolders: "keep\n"
        case .starting(let folder): "starting \(folder)\n"
        case .started(let pid, let startTicks): "started \(pid) \(startTicks)\n"
        case .ended(let pid): "ended \(pid)\n"
        }
    }

    /// Nil for a line that is none of these.
    public init?(line: String) {
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        switch (words.first, words.dropFirst().first) {
        case ("keep", nil): self = .keepFolders
        case ("remove", let folder?) where folder.hasPrefix("/"): self = .remove(folder: folder)
        case ("empty", let folder?) where folder.hasPrefix("/"): self = .removeIfEmpty(folder: folder)
        case ("starting", let folder?) where folder.hasPrefix("/"): self = .starting(folder: folder)
        case ("started", let numbers?):
            let parts = numbers.split(separator: " ")
            guard parts.count == 2, let pid = Int32(parts[0]), pid > 1, let ticks = UInt64(parts[1]) else { return nil }
            self = .started(pid: pid, startTicks: ticks)
        case ("ended", let number?):
            guard let pid = Int32(number) else { return nil }
            self = .ended(pid: pid)
        default: return nil
        }
    }
}
