#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The system's text for an `errno`, as far as connecting can meet it.
func systemText(_ code: Int32) -> String {
    switch code {
    case ECONNREFUSED: "connection refused; does a server run there, and is this its client port?"
    case ECONNRESET: "connection reset"
    case EPIPE: "connection broken"
    case ETIMEDOUT: "timed out"
    case EHOSTUNREACH: "no route to the host"
    case ENETUNREACH: "no route to the network"
    case EACCES: "the system does not allow this address"
    case EADDRNOTAVAIL: "no free local port"
    case EMFILE, ENFILE: "too many open files; raise the limit (ulimit -n)"
    default: "errno \(code)"
    }
}

/// Whether an `errno` says that this process or the system has no descriptor left.
func isLimit(_ code: Int32) -> Bool { code == EMFILE || code == ENFILE }
