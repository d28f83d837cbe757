import Measure

/// The cached calibrations of the disks that logs lie on.
struct DiskCalibrations {
    private var ofFolder: [String: Calibration] = [:]
    /// What is wrong with files in the cache, each line once.
    private(set) var warnings: [String] = []

    /// - Parameter folders: where logs will lie.
    init(folders: [String], cache: CalibrationCache = CalibrationCache()) {
        var warnings: [String] = []
        for folder in folders {
            ofFolder[folder] = cache.load(forDirectory: folder) { warning in
                if !warnings.contains(warning) { warnings.append(warning) }
            }
        }
        self.warnings = warnings
    }

    /// One for each different disk below the folders; empty unless all are known.
    subscript(folders: [String]) -> [Calibration] {
        var found: [Calibration] = []
        for folder in folders {
            guard let calibration = ofFolder[folder] else { return [] }
            if !found.contains(where: { $0.device == calibration.device }) { found.append(calibration) }
        }
        return found
    }
}
