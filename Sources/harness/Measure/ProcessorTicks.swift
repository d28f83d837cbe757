/// Clock ticks of all processors together since boot, as the first line of /proc/stat counts them.
public struct ProcessorTicks: Sendable, Hashable {
    /// For processes: user, nice and system time.
    public var processes: Double
    /// For interrupts, hard and soft, which the kernel charges to no process.
    public var interrupts: Double
    /// Given by the hypervisor to other machines; nil where the kernel does not count it.
    public var steal: Double?
    /// All of them, the idle ones included.
    public var all: Double

    /// Nil where the text does not begin with the line of all processors.
    public init?(stat: String) {
        guard let line = stat.split(separator: "\n").first, line.hasPrefix("cpu ") else { return nil }
        // proc(5): user nice system idle, later iowait irq softirq, later steal; guest times are in user and nice.
        let words = line.split(separator: " ").dropFirst().prefix(8)
        let fields = words.compactMap { Double($0) }
        guard fields.count == words.count, fields.count >= 4 else { return nil }
        processes = fields[0] + fields[1] + fields[2]
        interrupts = fields.dropFirst(5).prefix(2).reduce(0, +)
        steal = fields.count > 7 ? fields[7] : nil
        all = fields.reduce(0, +)
    }

    /// Now; nil where the kernel does not tell.
    static func read() -> ProcessorTicks? { ProcFile.head("/proc/stat").flatMap(ProcessorTicks.init(stat:)) }
}
