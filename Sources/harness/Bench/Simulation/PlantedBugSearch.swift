import Foundation
import Simulator
import Zab

#if PLANTED_BUGS
    /// Plants a bug and plays seeds until it is found, in a process of its own since some bugs end in a trap.
    public enum PlantedBugSearch {
        public struct Find: Sendable {
            public var seed: UInt64
            public var text: String
        }

        /// - Returns: nil if it was not found.
        /// - Throws: what the process said, if that was none of both.
        public static func search(
            _ bug: PlantedBug,
            _ seeds: ClosedRange<UInt64>,
            _ scenario: String?
        ) throws -> Find? {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            process.arguments = [
                "simulate", "--plant", bug.rawValue, "--seeds", "\(seeds.lowerBound)..\(seeds.upperBound)",
                "--recheck-every", "0", "--threads", "1",
            ]
            if let scenario { process.arguments! += ["--scenario", scenario] }
            let output = Pipe()
            process.standardError = output
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            guard process.terminationStatus != 0 else { return nil }
            for line in text.split(separator: "\n") {
                let marks = ["zabbench simulate: seed ", "zabbench simulate: the engine trapped in seed "]
                for mark in marks where line.hasPrefix(mark) {
                    let rest = line.dropFirst(mark.count)
                    guard let seed = UInt64(rest.prefix { $0.isNumber }) else { continue }
                    let what = mark.contains("trapped") ? trap(text) : String(rest.drop { $0.isNumber }.dropFirst(2))
                    return Find(seed: seed, text: what.replacingOccurrences(of: "|", with: "\\|"))
                }
            }
            throw CocoaError(.fileReadUnknown, userInfo: [NSLocalizedDescriptionKey: text])
        }

        /// What a process that trapped has said: why, if the build says so, else what came last.
        private static func trap(_ text: String) -> String {
            let lines = text.split(separator: "\n")
            if let fatal = lines.last(where: { $0.contains("Fatal error: ") }) {
                return "trap: \(fatal[fatal.range(of: "Fatal error: ")!.upperBound...])"
            }
            guard let last = lines.last(where: { $0.hasPrefix("  ") }) else { return "trap" }
            return "trap: after \(last.drop { $0 == " " })"
        }
    }
#endif
