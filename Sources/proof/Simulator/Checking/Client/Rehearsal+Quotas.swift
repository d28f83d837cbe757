import Wire

extension Rehearsal {
    /// Whether one of the operations may be refused for a quota. Not only what is committed counts for it, but also what
    /// is under way and will be committed: a dozen nodes, and as many writes.
    func isNearALimit(_ operations: [ClientOperation], _ model: inout ZnodeModel) -> Bool {
        var sizes = 0
        for operation in operations {
            switch operation {
            case .setData(_, let data, _), .create(_, let data, _, _, _, _), .createSwept(_, let data, _):
                sizes += data?.count ?? 0
            default: break
            }
        }
        for operation in operations {
            let path: String
            switch operation {
            case .setData(let named, _, _), .create(let named, _, _, _, _, _), .createSwept(let named, _, _):
                path = named
            default: continue
            }
            guard let found = model.quota(of: model.path(path), at: zxid) else { continue }
            if found.hardCount > -1, found.count + operations.count + 12 > found.hardCount { return true }
            if found.hardBytes > -1, found.bytes + sizes + 12 * 120 > found.hardBytes { return true }
        }
        return false
    }
}
