import Foundation

/// A folder of its own, gone with its owner. What is below it is named by a path from it, as in `data/log.1`.
public final class TemporaryFolder: Sendable {
    public let path: String

    /// An empty folder in `root`. Traps if it cannot be made.
    public init(in root: String = FileManager.default.temporaryDirectory.path) {
        var template = Array("\(root)/zabbench-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no temporary folder can be made in \(root)")
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The names in it, sorted.
    public var names: [String] { names(in: ".") }

    /// The names in a folder below, sorted; none if there is no such folder.
    public func names(in name: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path(of: name)).sorted()) ?? []
    }

    /// Where something below it is, or would be.
    public func path(of name: String) -> String { "\(path)/\(name)" }

    /// Makes a folder below, with those between, if it is not there.
    ///
    /// - Returns: its path.
    @discardableResult public func make(_ name: String) throws -> String {
        try FileManager.default.createDirectory(atPath: path(of: name), withIntermediateDirectories: true)
        return path(of: name)
    }

    public func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path(of: name)))) }

    /// Replaces a file, or makes it; its folder has to be there.
    public func write(_ bytes: some Sequence<UInt8>, _ name: String) throws {
        try Data(bytes).write(to: URL(filePath: path(of: name)))
    }
}
