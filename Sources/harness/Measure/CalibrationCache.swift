import Foundation

/// The calibrations of this user, one JSON file a device, in `$XDG_CACHE_HOME/zabbench` or `~/.cache/zabbench`.
public struct CalibrationCache: Sendable {
    public let folder: String

    /// What is in the file: changed with the meaning of any figure.
    static let format = 1

    private struct File: Codable {
        var format: Int
        var calibration: Calibration
    }

    private struct Format: Decodable { var format: Int }

    public init(folder: String) { self.folder = folder }

    /// - Parameter environment: the process's variables. A relative XDG_CACHE_HOME counts as none, as its specification
    ///   wants it.
    public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        let named = environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        let home = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? NSHomeDirectory()
        folder = (named ?? home + "/.cache") + "/zabbench"
    }

    /// Absolute.
    public func path(of device: StorageDevice) -> String { "\(folder)/calibration-\(device.fileName).json" }

    /// The calibration of the device that holds `directory`, or would if it is not there yet; nil if there is none that
    /// can be used.
    ///
    /// - Parameter warning: one line about a file that is there and cannot be used.
    public func load(forDirectory directory: String, warning: (String) -> Void) -> Calibration? {
        let existing = StorageDevice.nearestFolder(to: directory)
        guard let device = StorageDevice(path: existing) else { return nil }
        let path = path(of: device)
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        func refuse(_ reason: String) -> Calibration? {
            warning("\(path) is ignored: \(reason); run zabbench calibrate to make a new one")
            return nil
        }
        guard let data = FileManager.default.contents(atPath: path) else { return refuse("it cannot be read") }
        let decoder = Calibration.decoder
        guard let format = try? decoder.decode(Format.self, from: data) else { return refuse("it is damaged") }
        guard format.format == Self.format else { return refuse("it was written by another version of zabbench") }
        guard let calibration = try? decoder.decode(File.self, from: data).calibration, calibration.isSound,
            calibration.device == device
        else { return refuse("it is damaged") }
        guard calibration.environment.digest == Environment.current(dataPath: existing).digest else {
            return refuse("it was made with a different build, kernel, processor or mount")
        }
        return calibration
    }

    /// Replaces the device's calibration, whole or not at all.
    ///
    /// - Returns: the file's path.
    /// - Throws: what Foundation says where the folder or the file cannot be written.
    @discardableResult
    public func store(_ calibration: Calibration) throws -> String {
        let path = path(of: calibration.device)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let file = File(format: Self.format, calibration: calibration)
        try Calibration.encoder.encode(file).write(to: URL(fileURLWithPath: path), options: .atomic)
        return path
    }
}

extension Calibration {
    /// `snake_case`, sorted, readable: for the cache and for `--json`.
    public static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.dateEncodingStrategy = .iso8601
        return encoder
    }

    public static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }
}
