/// Bugs that are known, of kinds that consensus systems and their logs have had, and can be switched on one at a time to
/// see whether the simulator finds them.
///
/// They exist in debug builds only: the compilation condition `PLANTED_BUGS` is set for that configuration by the
/// manifest, and without it `isPlanted` is the constant false, for every bug.
public enum PlantedBug: String, CaseIterable, Sendable {
    // The protocol.
    /// NEWLEADER is acknowledged before the history that it names is durable (ZOOKEEPER-4646).
    case newLeaderAckBeforeSync = "newleader-ack-before-sync"
    /// `currentEpoch` is on the disk before the history that it stands for (ZOOKEEPER-4643).
    case epochBeforeHistory = "epoch-before-history"
    /// One acknowledgement less than a quorum commits.
    case minorityCommit = "minority-commit"
    /// One NEWLEADER acknowledgement less than a quorum establishes an epoch.
    case minorityEstablishes = "minority-establishes"
    /// A learner keeps one transaction more than TRUNC says.
    case wrongTruncation = "wrong-truncation"
    /// A learner with a tail of its own is sent DIFF.
    case truncationLeftOut = "truncation-left-out"
    /// A learner promises an epoch that is older than one that it has accepted.
    case oldEpochAccepted = "old-epoch-accepted"
    /// The promise of an epoch is not on the disk when it is given.
    case promiseNotPersisted = "promise-not-persisted"
    /// A learner's promise counts although it may have been given to another leader.
    case promiseCountedTwice = "promise-counted-twice"
    /// Proposals may leave out transactions, and nobody looks at their checksums.
    case zxidGapAccepted = "zxid-gap-accepted"
    /// A leader counts the acknowledgements of observers.
    case observerCounts = "observer-counts"
    /// A server votes with what it has applied, and leaves the tail of its log out of account (ZOOKEEPER-2845).
    case voteWithoutTail = "vote-without-tail"
    /// A leader does not mind that a learner of its quorum has a longer history than itself.
    case betterHistoryIgnored = "better-history-ignored"
    /// The leader that stands still and comes back goes on although its followers have left.
    case leaderNeverResigns = "leader-never-resigns"
    /// A learner serves as soon as it has acknowledged NEWLEADER, whether its leader is established or not.
    case servesBeforeUpToDate = "serves-before-uptodate"
    /// A leader goes on where its epoch's counter ends.
    case counterRunsOver = "counter-runs-over"
    /// A leader does not ping the last of its learners.
    case pingForgotten = "ping-forgotten"
    /// A peer may name any epoch, however many elections that would have taken.
    case impossibleEpochBelieved = "impossible-epoch-believed"
    /// Servers with the data of another ensemble are not told apart from those that belong to it.
    case foreignFolderAccepted = "foreign-folder-accepted"

    /// A hierarchy elects, and a mere majority commits.
    case hierarchyLeftOutInCommit = "hierarchy-left-out-in-commit"
    /// Half of a group's weight decides for it.
    case halfAGroupSuffices = "half-a-group-suffices"
    /// Groups of no weight count among those that agree, and not among all.
    case emptyGroupAgrees = "empty-group-agrees"
    /// A voter that weighs nothing is voted for like any other.
    case weightlessLeads = "weightless-leads"

    // The log, the epochs, the snapshots.
    /// The log says that a group is durable without having synced it.
    case ackBeforeSync = "ack-before-sync"
    /// A sync that failed is tried again, and then believed (ATC'20).
    case syncErrorRetried = "sync-error-retried"
    /// Checksums of records are not looked at.
    case checksumSkipped = "checksum-skipped"
    /// A group that a recycled segment held before is taken for a live one.
    case staleRecordRead = "stale-record-read"
    /// The directory is not synced after a segment has got its name.
    case segmentNameNotSynced = "segment-name-not-synced"
    /// A promise is not synced after it was written.
    case epochNotSynced = "epoch-not-synced"
    /// Damage in the middle of the log is cut off like a torn tail.
    case corruptMiddleCut = "corrupt-middle-cut"
    /// A snapshot gets its name before its bytes are synced.
    case snapshotNotSynced = "snapshot-not-synced"
    /// The log is dropped before the snapshot that replaces it is durable.
    case logDroppedBeforeSnapshot = "log-dropped-before-snapshot"
    /// The log calls everything committed that it has written.
    case committedHintTooFar = "committed-hint-too-far"
    /// A server whose newest snapshot is damaged does not look for an older one.
    case olderSnapshotIgnored = "older-snapshot-ignored"
    /// The log is trimmed although a link still needs what goes.
    case logTrimmedUnderALink = "log-trimmed-under-a-link"
    /// A group is acknowledged when it is on the disk, whether the one before it is or not.
    case groupAcknowledgedOutOfOrder = "group-acknowledged-out-of-order"
    /// The log is cut while groups that were begun before are on their way to it.
    case commandOvertakesGroups = "command-overtakes-groups"
    /// A batch that waits for more is not taken when its delay is over, but when more comes.
    case delayedBatchForgotten = "delayed-batch-forgotten"

    // The state, the sessions, the clients.
    /// Servers whose ids end alike give out the same session ids.
    case sessionIDsMeet = "session-ids-meet"
    /// Of two transactions that are committed together the second is applied first.
    case commitOutOfOrder = "commit-out-of-order"
    /// A node that changes while a snapshot is written may be in it with its new state.
    case fuzzySnapshot = "fuzzy-snapshot"
    /// A new leader grants no session any time: live ones expire, and their ephemerals go.
    case lostEphemeralAtFailover = "lost-ephemeral-at-failover"
    /// A client may come back to a session that is over.
    case expiredSessionRevived = "expired-session-revived"
    /// A refusal is told before what it rests upon is committed.
    case replyBeforeCommit = "reply-before-commit"
    /// A read does not wait for the writes before it.
    case readOvertakesWrite = "read-overtakes-write"
    /// A write's reply comes before the event of the watch that it fired.
    case watchAfterReply = "watch-after-reply"
    /// What happened while a client was away is not told when it sets its watches again.
    case missedEventNotTold = "missed-event-not-told"
    /// A session's move is told to the leader before the requests of its old connection that still wait.
    case revalidateOvertakesWrites = "revalidate-overtakes-writes"
    /// A transaction of a session's old connection answers the new one's request with the same xid.
    case oldReplyToNewConnection = "old-reply-to-new-connection"
    /// The leader's answer about a session is taken for that to a later connection's question.
    case staleRevalidationBelieved = "stale-revalidation-believed"
    /// A client that has seen more than this server knows is served all the same.
    case clientGoesBack = "client-goes-back"
    /// A multi that fails leaves its parents as it had changed them.
    case multiKeepsHalf = "multi-keeps-half"
    /// An ephemeral node below another than "/" stays when its session ends.
    case ephemeralOutlivesSessionBelow = "ephemeral-outlives-session-below"
    /// A persistent watch goes when it fires.
    case persistentWatchFiresOnce = "persistent-watch-fires-once"
    /// The persistent watches of a deleted node go with it.
    case persistentWatchDiesWithNode = "persistent-watch-dies-with-node"
    /// What a multi creates below what it has created itself is not told to recursive watches.
    case recursiveWatchSkipsNewParents = "recursive-watch-skips-new-parents"
    /// A client that comes back loses its persistent watches.
    case setWatches2ForgetsPersistent = "setwatches2-forgets-persistent"
    /// A client that has nothing to remove removes somebody else's watch.
    case removeWatchesTakesAnothers = "removewatches-takes-anothers"
    /// A session without ephemeral nodes is shown another's.
    case ephemeralsOfAnother = "ephemerals-of-another"
    /// A multiRead ends at the first node that is not there.
    case multiReadStopsAtFailure = "multiread-stops-at-failure"
    /// Who watches a node's children does not hear that the node is deleted.
    case childWatchLostOnDelete = "child-watch-lost-on-delete"
    /// setACL does not look at the version that it is given.
    case aclVersionIgnored = "acl-version-ignored"
    /// A create in a multi is not counted by its parent.
    case parentCversionWrong = "parent-cversion-wrong"

    /// A container is swept although a transaction under way makes a child below it.
    case sweepOverlooksChild = "sweep-overlooks-child"
    /// A TTL node's time counts from its creation, not from its last write.
    case ttlFromCreation = "ttl-from-creation"
    /// A container that never had a child is swept.
    case unusedContainerSwept = "unused-container-swept"
    /// A server that has loaded a snapshot does not know which nodes are to be swept.
    case sweepableLostInSnapshot = "sweepable-lost-in-snapshot"
    /// A server that does not lead sweeps, too.
    case followerSweeps = "follower-sweeps"
    /// What is deleted still counts for its quota.
    case quotaKeepsDeleted = "quota-keeps-deleted"
    /// A server that has loaded a snapshot does not count for its quotas.
    case quotaLostInSnapshot = "quota-lost-in-snapshot"
    /// A multi is not held against the limits of quotas.
    case quotaIgnoredInMulti = "quota-ignored-in-multi"

    // Who may do what.
    /// What is part of a multi may be done by anybody.
    case rightsIgnoredInMulti = "rights-ignored-in-multi"
    /// The leader hears who asks only where that is the first entry of a frame.
    case askerNotTold = "asker-not-told"
    /// The leader does not hear of what a client proves behind its first write.
    case proofNotTold = "proof-not-told"
    /// Who may read a node sees the digests in its list.
    case digestsNotMasked = "digests-not-masked"
    /// What a client proves after it has come back with its session does not hold for its writes.
    case rightsLostWithTheMove = "rights-lost-with-the-move"
    /// The list of a node that is only proposed is not looked at.
    case proposedListNotSeen = "proposed-list-not-seen"
    /// Everybody hears of every node.
    case eventOfWhatMayNotBeRead = "event-of-what-may-not-be-read"
    /// What a list allows to the one who asked last is taken to be allowed to the next.
    case judgementOfAnotherKept = "judgement-of-another-kept"

    // The shell's bytes.
    /// What a read cuts off of a frame is lost.
    case partialFrameDropped = "partial-frame-dropped"
    /// What has been taken of a connection's bytes is given up only when nothing waits behind it.
    case inboundNeverCompacted = "inbound-never-compacted"
    /// Heartbeats wait on a link behind everything that was to go out before them.
    case heartbeatWaitsBehindRecords = "heartbeat-waits-behind-records"
    /// A peer that was held back while the log was behind is never read again.
    case pausedPeerNeverResumed = "paused-peer-never-resumed"
    /// A peer is blamed for its silence while we do not read what it says.
    case heldLinkBlamed = "held-link-blamed"
    /// A connection is closed with answers on it that have not gone out.
    case closeLosesReplies = "close-loses-replies"
    /// A frame of which a read brings the length and nothing else loses it.
    case frameCutAtLengthDropped = "frame-cut-at-length-dropped"
    /// Of frames that waited one more than was taken counts as taken.
    case takenCountedTwice = "taken-counted-twice"
    /// What is read together with the end of a hello is lost.
    case bytesBehindHelloDropped = "bytes-behind-hello-dropped"
    /// A client that was held back while its frames waited is never read again.
    case heldClientNeverRead = "held-client-never-read"
    /// Replies for which a client's socket is too full are lost.
    case repliesLostWhenFull = "replies-lost-when-full"
    /// A connection's output is shut down before its last replies have been taken.
    case outputShutTooEarly = "output-shut-too-early"
    /// A connection's id is given to the next one while effects still name it.
    case connectionIDUsedAtOnce = "connection-id-used-at-once"
    /// What is meant for a link goes to the next one with the same peer.
    case effectOnNextLink = "effect-on-next-link"
    /// A connection that was dialled for an earlier wish is taken for what is wished now.
    case oldDialFulfilsNewWish = "old-dial-fulfils-new-wish"

    // The bounds.
    /// A refusal never gives back its part of the member's bounds.
    case errorReplyLeaksBound = "error-reply-leaks-bound"
    /// A read that waited for a write counts as waiting for ever.
    case deferredReadsKept = "deferred-reads-kept"
    /// Whatever waited behind a write is answered at once, however much it is.
    case drainUnbounded = "drain-unbounded"
    /// A child that is deleted while a listing is on its way to it is left out.
    case slicedListingMissesDelete = "sliced-listing-misses-delete"
    /// A client that is passed over, since those before it have filled the member, leaves the line.
    case passedOverForgotten = "passed-over-forgotten"

    #if PLANTED_BUGS
        /// The one that is switched on, in the whole process. Set before the first server starts, never after.
        nonisolated(unsafe) public static var planted: PlantedBug?
    #endif

    /// Whether this build can have bugs planted.
    public static var isPossible: Bool {
        #if PLANTED_BUGS
            true
        #else
            false
        #endif
    }

    @inlinable public var isPlanted: Bool {
        #if PLANTED_BUGS
            Self.planted == self
        #else
            false
        #endif
    }
}
