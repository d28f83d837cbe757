import Measure
import Statistics

/// A calibration for a terminal, modelled on pg_test_fsync: syncs and their latency by method and allocation, then
/// everything else that was measured, and what is known about the device.
public enum CalibrationTable {
    public static func text(_ calibration: Calibration, on display: Display = .document) -> String {
        let parts = [
            floors(calibration, on: display) + notes(calibration, on: display), skipped(calibration, on: display),
            machine(calibration, on: display), device(calibration, on: display),
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    // MARK: Syncs

    private static func floors(_ calibration: Calibration, on display: Display) -> String {
        let kinds = cells(calibration)
        var columns: [ConsoleTable.Column] = [.init("strategy", .left), .init("durable", .left)]
        // Rates first, then the tails: what strategies are chosen by.
        for (place, kind) in kinds.enumerated() {
            let name = "\(kibibytes(kind.bytes)) x\(kind.files)"
            let ranks = place == 0 ? [0, 1, 2] : [2 + place, 8 + place, 12 + place]
            columns += zip(["\(name) /s", "p50", "p99"], ranks).map { title, rank in
                ConsoleTable.Column(title, .right, rank: rank, name: title.hasPrefix("p") ? "\(name) \(title)" : title)
            }
        }
        var table = ConsoleTable(columns: columns)
        let strategies = strategies(calibration)
        var parts = [strategies.map { ConsoleTable.Cell($0.label) }]
        parts.append(strategies.map { ConsoleTable.Cell($0.isDurable ? "yes" : "no") })
        let hasErrors = calibration.floors.contains { $0.syncsLimits != nil }
        for cell in kinds {
            let best = calibration.fastestDurable(bytes: cell.bytes, files: cell.files)?.strategy
            let floors = strategies.map {
                calibration.floor(strategy: $0.label, bytes: cell.bytes, files: cell.files)
            }
            parts.append(
                column(floors, \.syncsPerSecond, \.syncsLimits, none: "- ", hasErrors: hasErrors) { floor in
                    let mark = best == floor.strategy ? "*" : " "
                    return (
                        ConsoleTable.grouped(floor.syncsPerSecond) + mark,
                        ConsoleTable.short(floor.syncsPerSecond) + mark
                    )
                }
            )
            for (figure, limits) in [
                (\Calibration.Floor.p50Microseconds, \Calibration.Floor.p50Limits), (\.p99Microseconds, \.p99Limits),
            ] {
                parts.append(
                    column(floors, figure, limits, none: "-", hasErrors: hasErrors) {
                        let text = ConsoleTable.latency(microseconds: $0[keyPath: figure])
                        return (text, text)
                    }
                )
            }
        }
        table.cells = strategies.indices.map { row in parts.map { $0[row] } }
        return table.cells.isEmpty ? "" : table.text(on: display)
    }

    /// Figures with their errors, which are in per cent: three figures of four kinds leave no room for the sign.
    private static func column(
        _ floors: [Calibration.Floor?],
        _ figure: KeyPath<Calibration.Floor, Double>,
        _ limits: KeyPath<Calibration.Floor, Calibration.Limits?>,
        none: String,
        hasErrors: Bool,
        _ text: (Calibration.Floor) -> (text: String, short: String)
    ) -> [ConsoleTable.Cell] {
        LoadTable.aligned(
            floors.map { floor in
                guard let floor else { return LoadTable.Cell(text: none) }
                let error = FigureError(floor[keyPath: figure], floor[keyPath: limits])
                let (text, short) = text(floor)
                return LoadTable.Cell(text: text, short: short, error: hasErrors ? error.short : "")
            }
        )
    }

    private static func strategies(_ calibration: Calibration) -> [(label: String, isDurable: Bool)] {
        var found: [(label: String, isDurable: Bool)] = []
        for floor in calibration.floors where !found.contains(where: { $0.label == floor.strategy }) {
            found.append((floor.strategy, floor.isDurable))
        }
        return found
    }

    private static func cells(_ calibration: Calibration) -> [(bytes: Int, files: Int)] {
        let counts = calibration.files > 1 ? [1, calibration.files] : [1]
        return Calibration.sizes.flatMap { bytes in counts.map { (bytes, $0) } }
    }

    private static func kibibytes(_ bytes: Int) -> String { "\(bytes >> 10)K" }

    private static func notes(_ calibration: Calibration, on display: Display) -> String {
        let rounds = calibration.floors.map(\.rounds)
        guard let fewest = rounds.min(), let most = rounds.max() else { return "" }
        let range = fewest == most ? "\(Count(most, "shuffled round"))" : "\(fewest) to \(most) shuffled rounds"
        let count = calibration.files
        let company = count == 1 ? "" : "; x\(count): \(count) logs at the same time, added up"
        var lines = [
            "* the fastest durable strategy. /s: groups of 4 or 64 KiB that one log wrote and synced per second\(company). "
                + "durable: a group counts only once a sync that an honest disk keeps has returned. p50, p99: one group's "
                + "write and sync. Medians over \(range).",
            errors(calibration),
        ]
        if fewest < 3 { lines.append("Fewer than 3 rounds: give more --seconds, or fewer --strategies.") }
        if calibration.floors.contains(where: { $0.strategy.hasPrefix("periodic_") }) {
            lines.append(
                "periodic: the time a group waits; the sync in the background, once an interval, is not included."
            )
        }
        return display.paragraphs(lines.filter { !$0.isEmpty })
    }

    private static func percent(_ share: Double) -> String { ConsoleTable.threeDigits(share * 100) + " %" }

    private static func errors(_ calibration: Calibration) -> String {
        let unknown = calibration.floors.filter { $0.syncsLimits == nil }
        let isAll = unknown.count == calibration.floors.count
        var lines =
            isAll
            ? []
            : ["±: the farther limit of the median's 95 % interval over the rounds, in % (docs/reference/errors.md)."]
        let mark = isAll ? "" : "\(FigureError.unknown): "
        // What an older file has instead.
        let old = unknown.filter { $0.rounds > 1 }
        if let worst = old.max(by: { $0.spread < $1.spread }) {
            lines.append(
                "\(mark)An older zabbench noted no intervals; (max - min) / median of a rate over its rounds: median "
                    + "\(percent(old.map(\.spread).median)), worst "
                    + "\(percent(worst.spread)) (\(worst.strategy), \(kibibytes(worst.bytes)) x\(worst.files))."
            )
        }
        if unknown.contains(where: { $0.rounds == 1 }) {
            lines.append("\(mark)One round, so how far the next would lie is not known.")
        }
        return lines.joined(separator: "\n")
    }

    private static func skipped(_ calibration: Calibration, on display: Display) -> String {
        var reasons: [(reason: String, strategies: [String])] = []
        for skipped in calibration.skipped {
            if let index = reasons.firstIndex(where: { $0.reason == skipped.reason }) {
                reasons[index].strategies.append(skipped.strategy)
            } else {
                reasons.append((skipped.reason, [skipped.strategy]))
            }
        }
        return display.paragraphs(reasons.map { "Skipped \($0.strategies.joined(separator: ", ")): \($0.reason)" })
    }

    // MARK: The machine

    private static func machine(_ calibration: Calibration, on display: Display) -> String {
        let loopback = calibration.loopback
        func latency(_ microseconds: Double, _ limits: Calibration.Limits?) -> String {
            FigureError(microseconds, limits).beside(ConsoleTable.latency(microseconds: microseconds))
        }
        func rate(_ bytesPerSecond: Double, _ limits: Calibration.Limits?) -> String {
            FigureError(bytesPerSecond, limits).beside(Self.rate(bytesPerSecond))
        }
        var table = ConsoleTable(columns: [.init("machine", .left, isProse: true), .init("", .left)])
        table.rows = [
            [
                "loopback, \(loopback.messageBytes) B there and back",
                "p50 \(latency(loopback.p50Microseconds, loopback.p50Limits)), "
                    + "p99 \(latency(loopback.p99Microseconds, loopback.p99Limits))",
            ],
            [
                "loopback, \(loopback.writeBytes >> 10) KiB writes one way",
                rate(loopback.bytesPerSecond, loopback.bytesLimits),
            ],
            [
                "disk, one file in large writes and one sync",
                rate(calibration.diskBytesPerSecond, calibration.diskLimits),
            ],
            ["CRC-32C, one core", rate(calibration.checksumBytesPerSecond, calibration.checksumLimits)],
            ["memcpy, one core", rate(calibration.copyBytesPerSecond, calibration.copyLimits)],
        ]
        return table.text(on: display)
    }

    private static func rate(_ bytesPerSecond: Double) -> String {
        bytesPerSecond < 1e9
            ? ConsoleTable.threeDigits(bytesPerSecond / 1e6) + " MB/s"
            : ConsoleTable.threeDigits(bytesPerSecond / 1e9) + " GB/s"
    }

    private static func device(_ calibration: Calibration, on display: Display) -> String {
        let facts = calibration.environment.storage
        var table = ConsoleTable(columns: [.init("device", .left), .init("", .left, isProse: true)])
        table.rows = [
            ["source", "\(calibration.device.source) (\(calibration.device.number))"],
            ["file system", calibration.device.fileSystem],
            ["mount options", facts?.mountOptions.joined(separator: ",") ?? unknown],
            ["model", facts?.model ?? unknown],
            ["write cache", facts?.writeCache ?? unknown],
            ["FUA", facts?.fua.map { $0 ? "yes" : "no" } ?? unknown],
            ["scheduler", facts?.scheduler ?? unknown],
            ["rotational", facts?.rotational.map { $0 ? "yes" : "no" } ?? unknown],
            ["free", calibration.freeBytes.map { ConsoleTable.threeDigits(Double($0) / 0x1p30) + " GiB" } ?? unknown],
        ]
        return table.text(on: display) + display.paragraphs([trap(calibration)])
    }

    private static let unknown = "unknown"

    /// What the device's facts mean for whoever reads the table.
    static func trap(_ calibration: Calibration) -> String {
        if ["tmpfs", "ramfs"].contains(calibration.device.fileSystem) {
            return "This is memory: nothing here survives a power loss, and none of these figures are about a disk."
        }
        let facts = calibration.environment.storage
        switch (facts?.writeCache, facts?.fua) {
        case ("write through", _):
            return
                "The device reports no volatile cache, so a sync costs no flush. If that is wrong, no strategy here survives "
                + "a power loss."
        case ("write back", false):
            return
                "A volatile write cache without FUA: O_DSYNC and RWF_DSYNC, even with O_DIRECT, cost a separate cache flush "
                + "for each write, as fdatasync does. They can save a system call, not a flush."
        case ("write back", true):
            return
                "A volatile write cache with FUA: on blocks written before, O_DIRECT with O_DSYNC can bypass the cache and "
                + "avoid the flush that fdatasync costs."
        default:
            return
                "The kernel does not say whether there is a volatile write cache (containers, network file systems), so "
                + "these facts tell neither what a sync costs nor whether it keeps anything."
        }
    }
}
