import Foundation
import Glibc
import Measure

/// What this server says it is. Its clients' programs take the version apart, so it has ZooKeeper's form: the release whose
/// protocol it speaks, a name behind a hyphen, and the moment of the build.
enum ServerVersion {
    /// The release of ZooKeeper whose clients find nothing missing.
    static let number = "3.8.0-zabbench"
    static let text = "\(number), built on \(build)"

    /// The commit's day, where the build was told; else when the program's file was written.
    private static var build: String {
        if let date = SourceRevision.own.date { return "\(date) 00:00 UTC" }
        var file = stat()
        let written = stat("/proc/self/exe", &file) == 0 ? file.st_mtim.tv_sec : 0
        return JavaText.time(written, "%Y-%m-%d %H:%M UTC")
    }
}
