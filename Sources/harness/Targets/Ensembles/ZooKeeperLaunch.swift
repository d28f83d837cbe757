/// Apache ZooKeeper's servers, each a Java process of its own. What is not ZooKeeper's default stands in `changes`.
public struct ZooKeeperLaunch: ServerLaunch {
    /// Of the requests that ZooKeeper takes before it reads no more from its clients: of all servers together.
    private static let usualOutstandingLimit = 1000
    private static let raisedOutstandingLimit = 100_000

    public let installation: ZooKeeperInstallation
    private let settings: ServerSettings
    private let size: Int
    private let outstanding: Int

    /// - Parameters:
    ///   - size: of the ensemble, without observers.
    ///   - settings: of which ticks, limits, snapshots and log folders count.
    ///   - outstanding: requests that the load has in flight at most.
    public init(installation: ZooKeeperInstallation, settings: ServerSettings, size: Int, outstanding: Int) {
        self.installation = installation
        self.settings = settings
        self.size = size
        self.outstanding = outstanding
    }

    public var traits: ServerTraits { ServerTraits(dialling: .dialledBack) }

    /// What one server takes by default: of n servers, each takes the (n - 1)th part.
    private var usualShare: Int { Self.usualOutstandingLimit / (size > 2 ? size - 1 : 1) }

    /// Raised where the load alone would reach it, which would measure the limit.
    private var isLimitRaised: Bool { outstanding > usualShare }

    /// What is not ZooKeeper's default, and why, a line each.
    public var changes: [String] {
        var lines = [
            "tickTime=\(settings.tickTimeMilliseconds), initLimit=\(settings.initLimit), "
                + "syncLimit=\(settings.syncLimit), snapCount=\(settings.snapCount) (defaults 3000, none, none, 100000): as "
                + "the workload has them for every system",
            "maxClientCnxns=0 (default 60): all sessions come from one address",
            "4lw.commands.whitelist=* (default srvr), admin.enableServer=false (default true): it is asked by words",
            "log level WARN (default INFO)", "-XX:-UsePerfData: a killed server leaves no file in /tmp",
        ]
        if isLimitRaised {
            lines.append(
                "globalOutstandingLimit=\(Self.raisedOutstandingLimit) (default \(Self.usualOutstandingLimit)): the load has "
                    + "\(outstanding) requests in flight, and one of \(size) servers takes \(usualShare)"
            )
        }
        let flags = installation.flags.dropFirst(installation.releaseFlags.count)
        if !installation.releaseFlags.isEmpty {
            lines.append("conf/java.env: \(installation.releaseFlags.joined(separator: " "))")
        }
        if !flags.isEmpty { lines.append("ZOOKEEPER_JVMFLAGS: \(flags.joined(separator: " "))") }
        return lines
    }

    public func prepare(_ server: ServerFolder, ports: [ServerPorts]) throws(TargetError) {
        try server.write(
            configuration: configuration(of: server, ports: ports),
            hasLogFolder: settings.hasLogFolders,
            others: [Self.logback.name: Self.logback.text, Self.log4j.name: Self.log4j.text]
        )
    }

    public func command(for server: ServerFolder) -> (program: String, arguments: [String]) {
        var arguments = [
            "-XX:-UsePerfData", "-Dzookeeper.jmx.log4j.disable=true",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dlogback.configurationFile=\(server.path)/\(Self.logback.name)",
            "-Dlog4j.configuration=file:\(server.path)/\(Self.log4j.name)",
        ]
        if isLimitRaised { arguments.append("-Dzookeeper.globalOutstandingLimit=\(Self.raisedOutstandingLimit)") }
        // The user's come last, and count.
        arguments += installation.flags
        arguments += ["-cp", installation.classPath, "org.apache.zookeeper.server.quorum.QuorumPeerMain"]
        return (installation.java, arguments + [server.configurationPath])
    }

    /// zoo.cfg's text.
    func configuration(of server: ServerFolder, ports: [ServerPorts]) -> String {
        Self.configuration(of: server, ports: ports, settings)
    }

    /// The same, for whoever reads such a file.
    static func configuration(of server: ServerFolder, ports: [ServerPorts], _ settings: ServerSettings) -> String {
        var lines = [
            "tickTime=\(settings.tickTimeMilliseconds)", "initLimit=\(settings.initLimit)",
            "syncLimit=\(settings.syncLimit)", "snapCount=\(settings.snapCount)", "dataDir=\(server.dataPath)",
            "clientPort=\(ports[server.id - 1].client)", "clientPortAddress=127.0.0.1", "maxClientCnxns=0",
            "4lw.commands.whitelist=*", "admin.enableServer=false",
        ]
        if settings.hasLogFolders { lines.append("dataLogDir=\(server.dataLogPath)") }
        // One server alone is a standalone one: ZooKeeper refuses an ensemble of it.
        if ports.count > 1 { lines += settings.serverLines(of: server.id, ports) }
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: Logging

    // A release logs by logback or, before 3.8, by log4j; without a file of theirs both say everything, and that is slow.

    private static let logback = (
        name: "logback.xml",
        text: """
        <configuration>
          <appender name="out" class="ch.qos.logback.core.ConsoleAppender">
            <encoder><pattern>%d{ISO8601} %-5level %logger{0}: %msg%n</pattern></encoder>
          </appender>
          <root level="WARN"><appender-ref ref="out"/></root>
        </configuration>

        """
    )
    private static let log4j = (
        name: "log4j.properties",
        text: """
        log4j.rootLogger=WARN, out
        log4j.appender.out=org.apache.log4j.ConsoleAppender
        log4j.appender.out.layout=org.apache.log4j.PatternLayout
        log4j.appender.out.layout.ConversionPattern=%d{ISO8601} %-5p %c{1}: %m%n

        """
    )
}
