import Workload

/// The harness's hands on the ways between the servers of an ensemble: what one says to another can be kept from it, in
/// one direction or in both. Servers are named by their ids, from 1.
public protocol LinkControl: AnyObject, Sendable {
    /// From now on nothing that `one` says arrives at `other`. Connections stay open and silent, as in a partition.
    func cut(from one: Int, to other: Int)
    /// What `one` says arrives at `other` again.
    func heal(from one: Int, to other: Int)
    /// A server that is connected to another past the harness's hands, so that a cut would not cut them off; nil where there
    /// is none.
    func bypass() async -> LinkWay?
}

extension LinkControl {
    public func bypass() async -> LinkWay? { nil }

    /// Cuts a server off from all others of `size`, in both directions. Its clients still reach it.
    public func isolate(_ id: Int, of size: Int) {
        for other in 1...size where other != id {
            cut(from: id, to: other)
            cut(from: other, to: id)
        }
    }

    /// Undoes `isolate`.
    public func rejoin(_ id: Int, of size: Int) {
        for other in 1...size where other != id {
            heal(from: id, to: other)
            heal(from: other, to: id)
        }
    }
}
