/// stub
public final class AcknowledgedWrites: @unchecked Sendable {
    init() {}
}
