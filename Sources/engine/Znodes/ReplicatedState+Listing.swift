import Wire
import Zab

/// How large a listing may be to be answered at once, and at all.
public struct ListingBounds: Sendable {
    /// Of one slice: what has more children, or a larger record, is made in several.
    public var sliceChildren: Int
    public var sliceBytes: Int
    /// A larger record is refused.
    public var bytesMax: Int
    /// What is never made in slices, a multiRead or getEphemerals, is refused beyond this many bytes, of which each child
    /// that is visited counts for `childCost` beside its name.
    public var costMax: Int
    public var childCost: Int

    public init(sliceChildren: Int, sliceBytes: Int, bytesMax: Int, costMax: Int = .max, childCost: Int = 0) {
        self.sliceChildren = sliceChildren
        self.sliceBytes = sliceBytes
        self.bytesMax = bytesMax
        self.costMax = costMax
        self.childCost = childCost
    }

    public static let unlimited = ListingBounds(sliceChildren: .max, sliceBytes: .max, bytesMax: .max)
}

/// The answer to one getChildren, in progress.
struct Listing {
    var watcher: WatcherID
    /// The node whose children are named; -1 once none is left, since the node may go then.
    var node: Int32
    /// The next child to name, -1 if none is left.
    var next: Int32
    var nameOffset: Int
    var reply: ByteWriter
    /// The node as it was at the beginning, for its Stat.
    var stat: Znode?
}

/// Listings in slices. The answer is the children at the moment of the read, whatever happens between slices: a new
/// child is linked in front of all others, where the listing never comes by, and the name of one that is deleted is
/// written just before it goes. Since every name is written sooner or later, the record's size is known from the start.
extension ReplicatedState {
    /// Whether any listing is in progress.
    public var isListing: Bool { !listings.isEmpty }

    func listingSize(_ node: UnsafeMutablePointer<Znode>, withStat: Bool) -> Int {
        4 + 4 * Int(node.pointee.childCount) + node.pointee.nameBytes + (withStat ? Stat.encodedSize : 0)
    }

    func begin(_ op: OpCode, _ slot: Int32, _ watcher: WatcherID, _ reply: ByteWriter) {
        let node = nodes[slot]
        reply.append(node.pointee.childCount)
        listings.append(
            Listing(
                watcher: watcher,
                node: slot,
                next: node.pointee.firstChild,
                nameOffset: node.pointee.nameOffset,
                reply: reply,
                stat: op == .getChildren2 ? node.pointee : nil
            )
        )
        node.pointee.listings += 1
        if node.pointee.firstChild < 0 { passedAll(listings.count - 1) }
    }

    /// Names more children of the listing that this watcher has begun (or goes on counting): at most `childrenMax`, and none once the reply
    /// has `bytesMax` bytes.
    /// - Returns: how many were visited, and whether the answer is whole now.
    public func continueListing(of watcher: WatcherID, childrenMax: Int, bytesMax: Int) -> (visited: Int, isWhole: Bool)
    {
        guard let index = listings.firstIndex(where: { $0.watcher == watcher }) else {
            return continueCount(of: watcher, nodesMax: childrenMax)
        }
        let reply = listings[index].reply
        let nameOffset = listings[index].nameOffset
        var next = listings[index].next
        var visited = 0
        while next >= 0, visited < childrenMax, reply.count < bytesMax {
            let child = nodes[next]
            reply.append(buffer: UnsafeRawBufferPointer(rebasing: Znode.pathBytes(of: child)[nameOffset...]))
            next = child.pointee.nextSibling
            visited += 1
        }
        listings[index].next = next
        guard next < 0 else { return (visited, false) }
        passedAll(index)
        listings[index].stat?.appendStat(to: reply)
        listings.remove(at: index)
        return (visited, true)
    }

    /// Forgets the listing of a connection that is gone.
    public func abandonListing(of watcher: WatcherID) {
        counts.removeAll { $0.watcher == watcher }
        guard let index = listings.firstIndex(where: { $0.watcher == watcher }) else { return }
        passedAll(index)
        listings.remove(at: index)
    }

    /// No child is left to name: the node may be deleted, and its slot used again, before the listing is whole.
    private func passedAll(_ index: Int) {
        if listings[index].node >= 0 { nodes[listings[index].node].pointee.listings -= 1 }
        listings[index].node = -1
        listings[index].next = -1
    }

    /// A child is about to be deleted: the listings that have not come to it name it now.
    @inline(never)
    func nameDeleted(_ child: Int32, under parent: Int32) {
        let node = nodes[child]
        for index in listings.indices where listings[index].node == parent {
            let next = listings[index].next
            // In front of the next one are those that were passed, and those that came since.
            guard node.pointee.linkOrder <= nodes[next].pointee.linkOrder else { continue }
            if !PlantedBug.slicedListingMissesDelete.isPlanted {
                let name = Znode.pathBytes(of: node)[listings[index].nameOffset...]
                listings[index].reply.append(buffer: UnsafeRawBufferPointer(rebasing: name))
            }
            guard next == child else { continue }
            listings[index].next = node.pointee.nextSibling
            if node.pointee.nextSibling < 0 { passedAll(index) }
        }
    }
}
