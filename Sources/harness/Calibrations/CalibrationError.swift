import Log

/// Why there is no calibration; one line that says what to do.
public struct CalibrationError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }

    init(_ error: DiskError, in folder: String) {
        self.init(
            error.isOutOfSpace
                ? "\(folder) is full (\(error)): free some space or choose another disk with --data"
                : "\(folder): \(error); check the disk or choose another one with --data"
        )
    }

    init(_ error: LogError, in folder: String) {
        if case .disk(let error) = error { self.init(error, in: folder) } else { self.init("\(folder): \(error)") }
    }
}
