/// A place where bytes from outside come in, and what to throw at it.
///
/// `run` returns for every input: a parser that traps, loops or asks for memory by a length that it was told ends the
/// process, and that is the finding. It keeps nothing from one input to the next, so that one file replays a crash.
public struct FuzzTarget: Sendable {
    public let name: String
    /// Inputs made by the real encoders, to be mutated.
    public let seeds: @Sendable () -> [[UInt8]]
    public let run: @Sendable (UnsafeRawBufferPointer) -> Void

    init(
        _ name: String,
        seeds: @escaping @Sendable () -> [[UInt8]],
        run: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) {
        self.name = name
        self.seeds = seeds
        self.run = run
    }

    public static let all: [FuzzTarget] = [
        .wire, .replies, .client, .access, .follower, .leader, .records, .transactions, .log, .snapshotFile,
        .snapshotState,
        .epochs, .serverConfiguration, .workload, .adminRequest, .fourLetterWord,
    ]

    public static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }

    /// Runs the target with an input that is an array.
    public func run(_ bytes: [UInt8]) { bytes.withUnsafeBytes { run($0) } }
}
