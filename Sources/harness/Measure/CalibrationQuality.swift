import Foundation
import Words

/// Which figures of a calibration are worth being kept.
extension Calibration {
    /// Fewer rounds let one bad second decide: a median needs two others.
    public static let roundsNeeded = 3

    /// How good the figures of one strategy are. The order decides which of two are kept; of equal ones the newer.
    public enum Quality: Int, Sendable, Comparable {
        /// Too few rounds, or others had too much of the processors.
        case poor
        /// Nobody noted what others had: files of older versions.
        case unknown
        case good

        public static func < (one: Quality, other: Quality) -> Bool { one.rawValue < other.rawValue }
    }

    /// Why figures are not worth being kept.
    public enum Objection: Sendable, Hashable {
        /// What others had of the processors, from 0 to 1.
        case disturbed(Double)
        case rounds(Int)

        /// The reason and the remedy.
        public var words: String {
            switch self {
            case .disturbed(let share):
                "others had \(String(format: "%.1f", share * 100)) % of the processors "
                    + "(at most \(Int(ForeignLoad.bound * 100)) %): run it again when the machine is quiet, or with "
                    + "--wait-quiet"
            case .rounds(let rounds):
                "\(CountedNoun.text(rounds, "round")) (at least \(roundsNeeded)): give more --seconds or "
                    + "fewer --strategies"
            }
        }
    }

    /// Of the strategy's figures; nil where there are none.
    public func quality(of strategy: String) -> Quality? {
        let own = floors.filter { $0.strategy == strategy }
        guard !own.isEmpty else { return nil }
        // Whoever noted no load is an older version, which kept whatever it had.
        guard own.allSatisfy({ $0.foreignShare != nil }) else { return .unknown }
        return objection(to: strategy) == nil ? .good : .poor
    }

    /// Why the strategy's figures are not worth being kept; nil where they are.
    public func objection(to strategy: String) -> Objection? {
        let own = floors.filter { $0.strategy == strategy }
        let taken = own.compactMap(\.taken).max() ?? 0
        if taken >= ForeignLoad.bound { return .disturbed(taken) }
        guard let rounds = own.map(\.rounds).min() else { return nil }
        return rounds < Self.roundsNeeded ? .rounds(rounds) : nil
    }

    /// The same of loopback, disk and memory.
    public var machineObjection: Objection? {
        taken.flatMap { $0 >= ForeignLoad.bound ? .disturbed($0) : nil }
    }

    /// Strategies with figures, in their order.
    public var measuredStrategies: [String] {
        var found: [String] = []
        for floor in floors where !found.contains(floor.strategy) { found.append(floor.strategy) }
        return found
    }

    /// What becomes of a new calibration.
    public struct Kept: Sendable, Hashable {
        /// To be stored; nil where nothing of the new one is worth it.
        public var calibration: Calibration?
        /// Strategies whose new figures are not kept, by the reason.
        public var refused: [Refusal] = []
    }

    public struct Refusal: Sendable, Hashable {
        public var objection: Objection
        public var strategies: [String]
    }

    /// The good figures of this one, and for the rest what an older one of the same device says: a better one is never
    /// replaced by a worse one, and of two alike the newer stays.
    ///
    /// With another number of files the older one does not fit, and is replaced as soon as anything is good.
    ///
    /// - Parameter older: as it is in the cache.
    public func kept(over older: Calibration?) -> Kept {
        var kept = Kept()
        for strategy in measuredStrategies {
            guard let objection = objection(to: strategy) else { continue }
            // One line for one kind of reason, with the worst of it.
            if let place = kept.refused.firstIndex(where: { $0.objection.isLike(objection) }) {
                kept.refused[place].strategies.append(strategy)
                kept.refused[place].objection = kept.refused[place].objection.worse(objection)
            } else {
                kept.refused.append(Refusal(objection: objection, strategies: [strategy]))
            }
        }
        let good = measuredStrategies.filter { objection(to: $0) == nil }
        let fitting = older.flatMap { $0.files == files && $0.device == device ? $0 : nil }
        guard !good.isEmpty else { return kept }
        var merged = self
        if let objection = machineObjection {
            guard let fitting else {
                kept.refused = [Refusal(objection: objection, strategies: measuredStrategies)]
                return kept
            }
            merged.takeMachine(from: fitting)
        }
        merged.floors.removeAll { !good.contains($0.strategy) }
        if let fitting {
            // What this machine offers no more has no floor; what there was no time for keeps its own.
            let gone = Set(skipped.filter { $0.reason != Self.noTime }.map(\.strategy))
            merged.floors += fitting.floors.filter { !good.contains($0.strategy) && !gone.contains($0.strategy) }
            let known = Set(merged.floors.map(\.strategy) + skipped.map(\.strategy))
            merged.skipped += fitting.skipped.filter { !known.contains($0.strategy) }
        }
        let measured = Set(merged.floors.map(\.strategy))
        merged.skipped.removeAll { measured.contains($0.strategy) }
        kept.calibration = merged
        return kept
    }

    private mutating func takeMachine(from older: Calibration) {
        loopback = older.loopback
        diskBytesPerSecond = older.diskBytesPerSecond
        checksumBytesPerSecond = older.checksumBytesPerSecond
        copyBytesPerSecond = older.copyBytesPerSecond
        foreignShare = older.foreignShare
        stealShare = older.stealShare
    }

    /// What is wrong with using the strategy's stored figures: nobody knows what others had when they were made, or it
    /// was too much; nil where nothing is.
    public func doubt(about strategy: String) -> String? {
        let own = floors.filter { $0.strategy == strategy }
        guard !own.isEmpty else { return nil }
        guard own.allSatisfy({ $0.foreignShare != nil }) else {
            return "it does not say how busy others kept the machine (made by an older zabbench)"
        }
        guard case .disturbed(let share)? = objection(to: strategy) else { return nil }
        return "others had \(String(format: "%.1f", share * 100)) % of the processors when it was made"
    }

    /// Why a strategy has no figures that another time may have.
    public static let noTime = "no time was left for it: give more --seconds, or fewer --strategies"
}

extension Calibration.Objection {
    fileprivate func isLike(_ other: Self) -> Bool {
        switch (self, other) {
        case (.disturbed, .disturbed), (.rounds, .rounds): true
        default: false
        }
    }

    fileprivate func worse(_ other: Self) -> Self {
        switch (self, other) {
        case (.disturbed(let one), .disturbed(let two)): .disturbed(max(one, two))
        case (.rounds(let one), .rounds(let two)): .rounds(min(one, two))
        default: self
        }
    }
}
