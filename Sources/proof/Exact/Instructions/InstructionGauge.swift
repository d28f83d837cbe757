import CPlatform
import Simulator

/// Has callgrind count the instructions of the servers' own code, by function: the same stretches of code whose
/// allocations are counted. Outside of valgrind it does nothing.
final class InstructionGauge: CostGauge {
    var allocations: Int? { nil }

    /// Callgrind knows only how to change from one to the other; it begins with false (`--collect-atstart=no`).
    var isCounting = false {
        didSet { if isCounting != oldValue { zb_callgrind_toggle() } }
    }

    /// What came before, election and sessions, passes without being looked at.
    func begin() { zb_callgrind_begin() }

    /// The load is over: writes its counts.
    func end(_ name: String) {
        name.withCString { zb_callgrind_dump($0) }
        zb_callgrind_end()
    }
}
