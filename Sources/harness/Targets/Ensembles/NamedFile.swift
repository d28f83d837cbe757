import Foundation

/// What is at a path that a user has named.
public enum NamedFile {
    /// Whether it is a program: a folder may be "executed" as well, and is none.
    public static func isProgram(_ path: String) -> Bool {
        !isFolder(path) && FileManager.default.isExecutableFile(atPath: path)
    }

    static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    /// Why it is no folder, in words that follow its name; nil where it is one.
    static func objection(toFolder path: String) -> String? {
        if path.isEmpty { return "the folder's name is empty" }
        guard !isFolder(path) else { return nil }
        return FileManager.default.fileExists(atPath: path) ? "not a folder" : "no such folder"
    }
}
