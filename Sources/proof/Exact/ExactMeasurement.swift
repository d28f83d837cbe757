import Measure
import Simulator

extension AllocationCounter: CostGauge {
    public var allocations: Int? { count }
}

/// Why a load point has no counts.
public struct ExactError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
}

/// The counts of every load point, made by this build.
public struct ExactMeasurement: Sendable {
    /// Of the formats that decide how many bytes there are: counts of unlike ones do not compare.
    public static let engine = "log \(ExactFormats.log), peers \(ExactFormats.peers)"

    public var loads: [ScriptedLoad]
    /// By the place of the load.
    public var counts: [ExactCounts]
    /// The compiler that decided how much memory is asked for; nil if allocations were not counted.
    public var compiler: String?

    public init(loads: [ScriptedLoad], counts: [ExactCounts], compiler: String?) {
        self.loads = loads
        self.counts = counts
        self.compiler = compiler
    }

    /// Plays every load point twice and compares: the first time also lets the language's runtime ask for what it needs
    /// once in a process, such as metadata, which belongs to no load.
    ///
    /// - Parameter progress: called before each load point, with its place.
    /// - Throws: `ExactError`; also if two runs differ.
    public static func take(
        _ loads: [ScriptedLoad],
        progress: (Int) -> Void = { _ in }
    ) throws(ExactError) -> ExactMeasurement {
        // What a debug build asks for tells nothing of a release build.
        let countsAllocations = Environment.configuration == "release"
        var measured: [ExactCounts] = []
        var isCounted = countsAllocations
        for (place, load) in loads.enumerated() {
            progress(place)
            var first = try play(load, countsAllocations)
            let second = try play(load, countsAllocations)
            first[.allocations] = second[.allocations]
            guard first == second else {
                throw ExactError(
                    description: "\(load.name): two runs of one seed have unlike counts: it is not exact"
                )
            }
            if second[.allocations] == nil { isCounted = false }
            measured.append(second)
        }
        return ExactMeasurement(loads: loads, counts: measured, compiler: isCounted ? Environment.compiler : nil)
    }

    private static func play(_ load: ScriptedLoad, _ countsAllocations: Bool) throws(ExactError) -> ExactCounts {
        // One for each run, on the thread that the run is on.
        let gauge = countsAllocations ? AllocationCounter() : nil
        do { return ExactCounts(try LoadRun.play(load, gauge: gauge)) } catch {
            throw ExactError(description: error.description)
        }
    }
}
