import ArgumentParser
import Log

/// `--batching` and `--in-flight`: how logs make their groups.
struct CommitArguments: ParsableArguments {
    @Option(help: "Which records share a sync in every server's log: \(BatchPolicy.names).")
    var batching: String?

    @Option(help: "How many group commits each server's log may have in flight.")
    var inFlight: Int?

    /// The same as arguments.
    var words: [String] {
        (batching.map { ["--batching", $0] } ?? []) + (inFlight.map { ["--in-flight", "\($0)"] } ?? [])
    }

    /// Nil if nothing is said.
    ///
    /// - Throws: `ValidationError`: what is not known, or why it does not go with the strategy.
    func options(for strategy: SyncStrategy) throws -> CommitOptions? {
        guard batching != nil || inFlight != nil else { return nil }
        let policy = try policy()
        do {
            return try CommitOptions(policy, inFlight: inFlight, for: strategy)
        } catch {
            throw ValidationError("--batching \(policy.label): \(error)")
        }
    }

    private func policy() throws -> BatchPolicy {
        guard let batching else { return .natural }
        do { return try BatchPolicy(label: batching) } catch { throw ValidationError("--batching: \(error)") }
    }
}
