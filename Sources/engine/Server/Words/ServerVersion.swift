import Foundation
import Glibc
import Measure

/// What this server says it is. Its clients' programs take the version apart, so it has ZooKeeper's form: the release whose
/// protocol it speaks, a name behind a hyphen, and the moment of the build.
enum ServerVersion {
    /// The release of ZooKeeper whose clients find nothing missing.
    static let number = "3.8.0-zabbench"
    static let text = "\(number), built on \(build)"

    /// The commit's day, where the build was told; else when the program's file was written. In the form of ZooKeeper up to
    /// 3.5, which old and new programs read, and not all read the newer one.
    private static var build: String {
        let date = (SourceRevision.own.date ?? "").split(separator: "-")
        if date.count == 3 { return "\(date[1])/\(date[2])/\(date[0]) 00:00 GMT" }
        var file = stat()
        let written = stat("/proc/self/exe", &file) == 0 ? file.st_mtim.tv_sec : 0
        return JavaText.time(written, "%m/%d/%Y %H:%M GMT")
    }
}
