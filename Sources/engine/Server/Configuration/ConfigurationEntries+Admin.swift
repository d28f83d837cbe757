extension ConfigurationEntries {
    /// `admin.*`. As in ZooKeeper the server is there unless it is switched off.
    mutating func admin() throws -> AdminSettings? {
        let isWanted = try flag("admin.enableServer") ?? true
        var settings = AdminSettings()
        settings.port = try number("admin.serverPort", 0...65535) ?? settings.port
        settings.host = try text("admin.serverAddress") ?? settings.host
        settings.idleTimeout = try number("admin.idleTimeout", 1...86_400_000) ?? settings.idleTimeout
        if let url = take("admin.commandURL") {
            guard url.value.hasPrefix("/"), url.value.count > 1, !url.value.hasSuffix("/") else {
                throw error(url, "a path such as /commands")
            }
            settings.commandURL = url.value
        }
        return isWanted ? settings : nil
    }

    /// `metricsProvider.*`: the provider for Prometheus, or none.
    mutating func metrics() throws -> MetricsSettings? {
        let provider = take("metricsProvider.className")
        var settings = MetricsSettings()
        settings.port = try number("metricsProvider.httpPort", 0...65535) ?? settings.port
        settings.host = try text("metricsProvider.httpHost") ?? settings.host
        _ = take("metricsProvider.exportJvmInfo")
        for unused in ["numWorkerThreads", "maxQueueSize", "workerShutdownTimeoutMs"] {
            _ = take("metricsProvider.\(unused)")
        }
        guard let provider else { return nil }
        switch provider.value {
        case "org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider": return settings
        case "org.apache.zookeeper.metrics.impl.DefaultMetricsProvider",
            "org.apache.zookeeper.metrics.impl.NullMetricsProvider":
            return nil
        default:
            throw error(provider, "org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider, or be left out")
        }
    }
}
