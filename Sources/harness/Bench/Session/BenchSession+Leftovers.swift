import Client
import Targets

extension BenchSession {
    /// Looks for what killed runs have left on servers that are not ours, and removes it.
    ///
    /// - Returns: a line each on what was removed, what was left alone, and what could not be done.
    func leftovers(beside marker: RunMarker, _ survey: ExternalSurvey) async -> [String] {
        var lines: [String] = []
        do {
            guard let found = try await Leftovers.found(beside: marker, below: survey.connect.chroot) else { return [] }
            if !found.active.isEmpty {
                lines.append(
                    "another zabbench loads these servers (\(Self.list(found.active))); neither's figures say much"
                )
            }
            if !found.unknown.isEmpty {
                lines.append(
                    "\(Self.list(found.unknown)): left alone, since nothing tells whether that run is over; if it is, "
                        + "remove it (zkCli.sh: deleteall)"
                )
            }
            if !found.abandoned.isEmpty {
                let count = try await found.removeAbandoned()
                lines.append(
                    "removed what killed runs had left behind: \(Self.list(found.abandoned)) (\(count) znodes)"
                )
            }
        } catch {
            lines.append("what earlier runs may have left on these servers could not be removed: \(error)")
        }
        return lines
    }

    private static func list(_ paths: [String]) -> String {
        let shown = paths.prefix(3).joined(separator: ", ")
        return paths.count > 3 ? "\(shown) and \(paths.count - 3) more" : shown
    }
}
