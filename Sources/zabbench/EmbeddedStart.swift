import Targets

/// Starts a server of ours as threads of this process, from its zoo.cfg; nil in a build without servers.
let embeddedStart: EmbeddedEnsemble.Start? = nil
