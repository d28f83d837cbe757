import Foundation

/// Finds the zabbench program that servers and the janitor are started from.
public enum ZabbenchProgram {
    /// This program, if it is zabbench; in a test process the zabbench that was built beside it.
    ///
    /// - Throws: `TargetError` if there is none.
    public static func path() throws(TargetError) -> String {
        guard let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            throw TargetError("cannot read /proc/self/exe; is /proc mounted?")
        }
        if (own as NSString).lastPathComponent == "zabbench" { return own }
        let beside = ((own as NSString).deletingLastPathComponent as NSString).appendingPathComponent("zabbench")
        guard FileManager.default.isExecutableFile(atPath: beside) else {
            throw TargetError("no zabbench program next to \(own); build it first: swift build")
        }
        return beside
    }
}
