import CPlatform
import Glibc

/// What becomes of an engine that traps in the middle of a seed.
public enum TrapReplay {
    /// Has a trap in this process end with exit code 4, after the seed was played again by a new process.
    ///
    /// - Parameter words: of the command line that plays a seed again; an empty one is the seed's place. They live as long
    ///   as the process.
    public static func prepare(_ words: [String]) {
        let arguments = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: words.count + 1)
        for (place, word) in words.enumerated() { arguments[place] = strdup(word) }
        arguments[words.count] = nil
        zb_replay_traps(arguments)
    }
}
