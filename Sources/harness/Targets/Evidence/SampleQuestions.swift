import NIOCore

/// Asks the servers for samples again and again, each in the word that costs it least: an answer to `mntr` is 600
/// allocations, which would count as the writes'.
public actor SampleQuestions {
    /// By server: whether `zfig` tells all that a sample needs. Nobody is asked who has not shown to be ours: to others it is
    /// the length of a frame.
    private var isTold: [Int: Bool] = [:]

    public init() {}

    /// What the servers and the kernel count, now; servers that do not answer are left out.
    public func samples(of ensemble: any Ensemble) async -> [ServerSample] {
        let known = isTold
        let reports = await ensemble.reports { server in
            if known[server.id] == true,
                let report = await MonitorReport.figures(of: server.endpoint, timeout: Self.patience)
            {
                return report
            }
            return await ensemble.fullReport(of: server)
        }
        for case (let server, let report?) in reports where isTold[server.id] == nil && report.system == "zabbench" {
            // Once a server: an older one of ours closes the connection, or says less.
            isTold[server.id] = await MonitorReport.figures(of: server.endpoint, timeout: Self.patience) != nil
        }
        return ensemble.samples(of: reports)
    }

    private static let patience = TimeAmount.seconds(2)
}
