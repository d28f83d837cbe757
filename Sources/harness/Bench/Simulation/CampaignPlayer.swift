import CPlatform
import Foundation
import Simulator

/// Plays a campaign on all cores, until it is over, a seed fails, or Ctrl-C comes.
public enum CampaignPlayer {
    /// - Parameters:
    ///   - threads: how many seeds are played at once.
    ///   - follow: shows how far it is, until its task is cancelled.
    /// - Returns: whether Ctrl-C ended it.
    public static func play(
        _ campaign: Campaign,
        threads: Int,
        follow: @escaping @Sendable (Campaign) async -> Void
    ) async -> Bool {
        let interrupted = InterruptionFlag()
        let interruption = Interruption(saying: "Interrupted: stopping after the seeds under way.") {
            interrupted.set()
            campaign.stop()
        }
        let follower = Task { await follow(campaign) }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<threads { group.addTask { await work(on: campaign) } }
        }
        follower.cancel()
        interruption.end()
        return interrupted.isSet
    }

    /// On a thread of its own: seeds keep a thread busy to the end, and the tasks' own threads are for the display.
    private static func work(on campaign: Campaign) async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                campaign.work { zb_note_seed($0) }
                continuation.resume()
            }
        }
    }
}
