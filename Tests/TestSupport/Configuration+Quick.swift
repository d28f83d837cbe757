import Zab

extension Configuration {
    /// Ticks of 100 ms: 1 s for discovery and for synchronization, and half a second without a word.
    public static func quick(_ myself: ServerID, of voters: [ServerID]) -> Configuration {
        Configuration(myself: myself, voters: voters, tick: 100_000_000, initLimit: 10, syncLimit: 5)
    }
}
