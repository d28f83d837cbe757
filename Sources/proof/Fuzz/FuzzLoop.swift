/// Runs a target with mutations of its seeds, without feedback: the same inputs in the same order every time.
public struct FuzzLoop {
    private let target: FuzzTarget
    private let seeds: [[UInt8]]
    private var mutator: Mutator
    private var pool: [[UInt8]]
    public private(set) var executions = 0

    /// Inputs that are changed further and further, beside the seeds themselves.
    private static let poolMax = 64

    public init(_ target: FuzzTarget, seed: UInt64) {
        self.target = target
        seeds = target.seeds()
        pool = seeds
        var stream: UInt64 = 0
        for byte in target.name.utf8 { stream = stream &* 31 &+ UInt64(byte) }
        mutator = Mutator(seed: seed, stream: stream)
    }

    /// Runs every seed as it is, then `count` mutations. `current` is handed each input before it is run.
    public mutating func run(_ count: Int, _ current: (UnsafeRawBufferPointer) -> Void = { _ in }) {
        if executions == 0 {
            for seed in seeds { step(seed, current) }
        }
        for _ in 0..<count {
            // A generation or two away from what an encoder made, or far away from it.
            let isFar = mutator.pick(4) == 0
            var input = isFar ? pool[mutator.pick(pool.count)] : seeds[mutator.pick(seeds.count)]
            mutator.mutate(&input, with: seeds[mutator.pick(seeds.count)])
            step(input, current)
            if pool.count < Self.poolMax {
                pool.append(input)
            } else if mutator.pick(16) == 0 {
                pool[mutator.pick(pool.count)] = input
            }
        }
    }

    private mutating func step(_ input: [UInt8], _ current: (UnsafeRawBufferPointer) -> Void) {
        executions += 1
        input.withUnsafeBytes { bytes in
            current(bytes)
            target.run(bytes)
        }
    }
}
