import Server
import Targets

extension ServerNode: EmbeddedServer {}

/// Starts a server of ours as threads of this process, from its zoo.cfg.
let embeddedStart: EmbeddedEnsemble.Start? = { path in
    try await ServerNode.start(configuration: ServerConfiguration(contentsOf: path))
}
