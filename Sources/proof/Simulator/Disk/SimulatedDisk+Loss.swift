extension SimulatedDisk {
    /// What becomes, in a crash, of the changes that were not synced.
    public enum Loss: Hashable, Sendable {
        /// None of them is there.
        case lost
        /// The process died and the machine did not: the page cache is as it was, and so is what it owes to the
        /// platter.
        case kept
        /// All are there, except that the last write of each file ends at a 512-byte boundary in its middle.
        case torn
        /// The same at a boundary of a 4-KiB page.
        case tornPages
        /// All changes of names are there and none of contents.
        case namesOnly
        /// All changes of contents are there and none of names.
        case contentsOnly
        /// Each 512-byte sector of each write, each change of size and each change of a name by the toss of a coin.
        case scattered(seed: UInt64)
        /// The same with the 4-KiB pages of each write: what a kernel that writes pages leaves.
        case scatteredPages(seed: UInt64)
        /// In each file and each directory the later changes are there and the earlier ones are not, from a place on
        /// that is drawn for each.
        case reordered(seed: UInt64)

        var seed: UInt64 {
            switch self {
            case .scattered(let seed), .scatteredPages(let seed), .reordered(let seed): seed
            case .lost, .kept, .torn, .tornPages, .namesOnly, .contentsOnly: 0
            }
        }
    }
}
