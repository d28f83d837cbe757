import Fuzz
import Glibc

private func complain(_ message: String) {
    let line = Array("zabfuzz: \(message)\n".utf8)
    _ = write(2, line, line.count)
}

#if !LIBFUZZER
    /// The fuzz targets without feedback: for a machine without libFuzzer, for replaying, and for counting.
    ///
    ///     zabfuzz list
    ///     zabfuzz run TARGET [SECONDS] [SEED]
    ///     zabfuzz replay TARGET FILE...
    @main
    enum Main {
        /// More address space than any input of a few kilobytes may ask for.
        private static let memoryMax: rlim_t = 2 << 30

        static func main() {
            let arguments = CommandLine.arguments
            switch arguments.dropFirst().first {
            case "list": for target in FuzzTarget.all { print(target.name) }
            case "run" where arguments.count >= 3:
                run(target(arguments[2]), seconds: number(arguments, 3, 60), seed: UInt64(number(arguments, 4, 1)))
            case "replay" where arguments.count >= 4:
                limitMemory()
                for path in arguments[3...] { target(arguments[2]).run(contents(of: path)) }
            default:
                fail("use: zabfuzz list | zabfuzz run TARGET [SECONDS] [SEED] | zabfuzz replay TARGET FILE...")
            }
        }

        private static func fail(_ message: String) -> Never {
            complain(message)
            exit(64)
        }

        private static func number(_ arguments: [String], _ index: Int, _ standard: Int) -> Int {
            guard index < arguments.count else { return standard }
            guard let value = Int(arguments[index]), value >= 0 else { fail("\(arguments[index]) is not a number") }
            return value
        }

        private static func target(_ name: String) -> FuzzTarget {
            guard let target = FuzzTarget.named(name) else {
                fail("no target \(name); there are \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
            }
            return target
        }

        private static func contents(of path: String) -> [UInt8] {
            guard let file = fopen(path, "rb") else { fail("\(path): \(String(cString: strerror(errno)))") }
            defer { fclose(file) }
            return [UInt8](unsafeUninitializedCapacity: 1 << 20) { $1 = fread($0.baseAddress, 1, 1 << 20, file) }
        }

        private static func limitMemory() {
            var limit = rlimit(rlim_cur: memoryMax, rlim_max: memoryMax)
            guard setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { fail("no limit of memory") }
        }

        private static func run(_ target: FuzzTarget, seconds limit: Int, seed: UInt64) {
            limitMemory()
            CrashNote.arm(target.name)
            let start = ContinuousClock.now
            var loop = FuzzLoop(target, seed: seed)
            repeat { loop.run(64) { CrashNote.current = $0 } } while ContinuousClock.now - start < .seconds(limit)
            let elapsed = (ContinuousClock.now - start) / .seconds(1)
            let rate = Int(Double(loop.executions) / elapsed)
            print("\(target.name): \(loop.executions) executions in \(Int(elapsed)) s, \(rate)/s, seed \(seed)")
        }
    }
#else
    /// The same targets under libFuzzer, which has feedback from coverage and a limit of memory. The
    /// environment's ZABFUZZ_TARGET names the target; ZABFUZZ_SEEDS, a folder for its seeds, writes them and ends.
    nonisolated(unsafe) private var chosen: FuzzTarget?

    /// libFuzzer's own main, called as a library: SwiftPM wants this name of an executable's entry.
    @_silgen_name("LLVMFuzzerRunDriver")
    private func runFuzzer(
        _ count: UnsafeMutablePointer<CInt>,
        _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
        _ body: @convention(c) (UnsafeRawPointer?, Int) -> CInt
    ) -> CInt

    @_cdecl("zabfuzz_main")
    public func start(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
        let name = getenv("ZABFUZZ_TARGET").map { String(cString: $0) } ?? ""
        guard let target = FuzzTarget.named(name) else {
            complain("ZABFUZZ_TARGET is one of \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
            exit(64)
        }
        chosen = target
        if let folder = getenv("ZABFUZZ_SEEDS").map({ String(cString: $0) }) {
            for (index, seed) in target.seeds().enumerated() {
                guard let file = fopen("\(folder)/seed-\(index)", "wb") else {
                    complain("\(folder): \(String(cString: strerror(errno)))")
                    exit(74)
                }
                fwrite(seed, 1, seed.count, file)
                fclose(file)
            }
            exit(0)
        }
        var (count, arguments) = (count, arguments)
        return runFuzzer(&count, &arguments) { runOne($0, $1) }
    }

    private func runOne(_ bytes: UnsafeRawPointer?, _ count: Int) -> CInt {
        chosen!.run(UnsafeRawBufferPointer(start: bytes, count: count))
        return 0
    }
#endif
