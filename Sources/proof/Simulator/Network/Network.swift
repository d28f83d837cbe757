import Randomness
import Zab

/// What lies between the hosts: who reaches whom, how long it takes, what gets lost. Hosts are numbered: servers first,
/// then clients.
struct Network {
    /// `isCut[from][to]`: nothing gets through on that way. Counted, since faults overlap.
    private var cuts: [[Int]]
    /// Frames of a thousand that are lost, and that come twice.
    private var losses: [[(lost: Int, doubled: Int)]]
    private var slowness: [UInt64]
    var random: SplitMix64
    let latency: Nanoseconds
    let jitter: Nanoseconds

    init(hosts: Int, setup: Setup) {
        cuts = Array(repeating: Array(repeating: 0, count: hosts), count: hosts)
        losses = Array(repeating: Array(repeating: (0, 0), count: hosts), count: hosts)
        slowness = Array(repeating: 1, count: hosts)
        random = SplitMix64(seed: setup.seed, stream: Setup.Stream.network)
        latency = setup.latency
        jitter = setup.jitter
    }

    func isCut(_ from: Int, _ to: Int) -> Bool { cuts[from][to] > 0 }
    mutating func cut(_ from: Int, _ to: Int) { cuts[from][to] += 1 }
    mutating func mend(_ from: Int, _ to: Int) { cuts[from][to] = max(0, cuts[from][to] - 1) }
    mutating func setLoss(_ from: Int, _ to: Int, lost: Int, doubled: Int) { losses[from][to] = (lost, doubled) }
    mutating func setSlowness(_ host: Int, _ factor: UInt64) { slowness[host] = factor }

    mutating func healAll() {
        for from in cuts.indices {
            slowness[from] = 1
            for to in cuts.indices {
                cuts[from][to] = 0
                losses[from][to] = (0, 0)
            }
        }
    }

    mutating func delay(_ from: Int, _ to: Int) -> Nanoseconds {
        let base = latency + (jitter > 0 ? UInt64(random.below(Int(jitter))) : 0)
        return base * max(slowness[from], slowness[to])
    }

    enum Fate { case once, lost, twice }

    /// What becomes of a frame that a lossy way may spoil.
    mutating func fate(_ from: Int, _ to: Int) -> Fate {
        let loss = losses[from][to]
        guard loss.lost + loss.doubled > 0 else { return .once }
        let draw = random.below(1000)
        if draw < loss.lost { return .lost }
        return draw < loss.lost + loss.doubled ? .twice : .once
    }
}
