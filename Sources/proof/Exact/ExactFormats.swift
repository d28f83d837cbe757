import Log
import Wire

/// The numbers that stand in what servers write and send.
enum ExactFormats {
    static let log = LogOptions.formatVersion
    static let peers = PeerLink.version
}
