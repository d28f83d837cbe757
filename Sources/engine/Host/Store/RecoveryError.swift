import Log
import Wire
import Zab

/// Why a server cannot start on what its disk holds. Nobody guesses: whatever is damaged or missing is repaired from the
/// peers.
public enum RecoveryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The epochs, the snapshots or the log cannot be opened: the disk failed, or something on it is corrupt.
    case log(LogError)
    /// The log was trimmed for a snapshot that is not whole any more: the history between `snapshot`, the newest whole
    /// one, and `logBase` is nowhere. `damage` is what is wrong with the newest one, if it is there at all.
    case historyMissing(after: Zxid, logBase: Zxid, damage: LogError?)
    /// Two parts of the data belong to two ensembles: each says where it is read, and the identity.
    case twoEnsembles(String, UInt64, String, UInt64)
    /// A whole snapshot, as its checksums say, does not hold a state.
    case badSnapshot(Zxid, WireError)
    /// A whole record, as its checksum says, is not a transaction.
    case badTransaction(Zxid, WireError)

    public var description: String {
        switch self {
        case .log(let error): error.description
        case .historyMissing(let snapshot, let base, let damage):
            "the log starts after \(base), but the newest whole snapshot is of \(snapshot): the history between them is "
                + "missing. Move this server's dataDir and dataLogDir away and start it empty, so that it is repaired "
                + "from its peers" + (damage.map { " (\($0))" } ?? "")
        case .twoEnsembles(let one, let first, let other, let second):
            "\(one) belongs to ensemble \(Membership.text(first)), \(other) to ensemble \(Membership.text(second)): "
                + "dataDir and dataLogDir are not of the same server. Bring the two that belong together, or move both "
                + "away and start this server empty, so that it is repaired from its peers"
        case .badSnapshot(let zxid, let error): "snapshot \(zxid) cannot be loaded: \(error)"
        case .badTransaction(let zxid, let error): "transaction \(zxid) of the log cannot be applied: \(error)"
        }
    }
}
