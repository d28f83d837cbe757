/// Waiting for the machine to be quiet, bounded: whoever shares one would wait for ever otherwise.
public struct QuietWait: Sendable, Hashable {
    /// How long at most, unless the user says otherwise.
    public static let usualSeconds = 60.0
    public static let secondsMax = 86_400.0
    /// Over how long others must have been quiet.
    public static let lookSeconds = 1.0

    public var seconds: Double

    public init(seconds: Double) { self.seconds = seconds }

    public enum Step: Sendable, Hashable { case go, wait, giveUp }

    /// - Parameters:
    ///   - load: of the last second; nil where the kernel does not tell, and then there is nothing to wait for.
    ///   - waited: for how long, in seconds.
    public func step(_ load: ForeignLoad?, waited: Double) -> Step {
        guard let load, load.isAboveBound else { return .go }
        return waited + Self.lookSeconds <= seconds ? .wait : .giveUp
    }

    /// How it ended, and what was seen last.
    public struct Outcome: Sendable, Hashable {
        public var isQuiet: Bool
        public var load: ForeignLoad?
        public var waited: Double

        public init(isQuiet: Bool, load: ForeignLoad?, waited: Double) {
            self.isQuiet = isQuiet
            self.load = load
            self.waited = waited
        }
    }

    /// Looks at the last second until it was quiet, or the time is over.
    ///
    /// - Throws: `CancellationError`.
    public func untilQuiet() async throws -> Outcome {
        var watch = ForeignWatch()
        watch.sample()
        var waited = 0.0
        while true {
            try await Task.sleep(for: .seconds(Self.lookSeconds))
            watch.sample()
            let load = watch.last
            switch step(load, waited: waited) {
            case .go: return Outcome(isQuiet: true, load: load, waited: waited)
            case .giveUp: return Outcome(isQuiet: false, load: load, waited: waited)
            case .wait: waited += Self.lookSeconds
            }
        }
    }
}
