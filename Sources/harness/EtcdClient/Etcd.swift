import Workload

/// What this build can say to etcd.
public enum Etcd {
    /// Nil in a build without the package's trait `Etcd`, which has no gRPC.
    public static var dialer: (any EtcdDialer)? {
        #if Etcd
            GRPCDialer()
        #else
            nil
        #endif
    }

    /// One line for whoever wants etcd of such a build.
    public static let missing = "this build has no etcd client; make peers makes one"
}
