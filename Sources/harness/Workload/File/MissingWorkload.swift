import Words

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Why a workload file cannot be read, and where there are others.
enum MissingWorkload {
    /// - Parameter code: what opening or reading it gave.
    static func error(_ path: String, code: Int32) -> WorkloadError {
        switch code {
        case ENOENT, ENOTDIR: WorkloadError("\(path): no such file\(elsewhere(path))")
        case EISDIR: WorkloadError("\(path): a folder; name a workload file in it\(names(in: path, prefix: ": "))")
        case EACCES: WorkloadError("\(path): permission denied; make it readable (chmod +r), or name another file")
        default: WorkloadError("\(path): it cannot be read (\(String(cString: strerror(code)))); name another file")
        }
    }

    /// The workloads that came with the program that runs, by the folder's path; nil where they were taken away.
    ///
    /// In a checkout they are in `workloads`, installed in `share/zabbench/workloads`, in a folder above the program's.
    static func shippedFolder(program: String? = ownProgram()) -> String? {
        guard var folder = program else { return nil }
        while let slash = folder.lastIndex(of: "/") {
            folder = String(folder[..<slash])
            for place in ["workloads", "share/zabbench/workloads"] {
                let candidate = "\(folder)/\(place)"
                if access(candidate + "/quick.yaml", R_OK) == 0 { return candidate }
            }
        }
        return nil
    }

    private static func elsewhere(_ path: String) -> String {
        // The nearest first, by its shortest name.
        let local = access("workloads/quick.yaml", R_OK) == 0 ? "workloads" : nil
        guard let folder = local ?? shippedFolder() else { return "; zabbench init latency writes one to start from" }
        let all = workloads(in: folder)
        if let near = NearestName.among(all.map(stem), to: stem(path)) {
            return "; did you mean \(folder)/\(near).yaml?"
        }
        return "; the workloads that come with zabbench are in \(folder)\(names(in: folder, prefix: ": "))"
    }

    private static func names(in folder: String, prefix: String) -> String {
        let all = workloads(in: folder)
        guard !all.isEmpty else { return "" }
        return prefix + all.prefix(20).joined(separator: ", ") + (all.count > 20 ? ", ..." : "")
    }

    private static func stem(_ path: String) -> String {
        let name = path.split(separator: "/").last ?? ""
        return String(name.prefix { $0 != "." })
    }

    private static func workloads(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".yaml") { names.append(name) }
        }
        return names.sorted()
    }

    private static func ownProgram() -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
