#if !LIBFUZZER
    import Glibc

    /// Writes the input that was being run to a file when the process is ended by a signal, with nothing but calls that
    /// are allowed there.
    enum CrashNote {
        nonisolated(unsafe) static var current = UnsafeRawBufferPointer(start: nil, count: 0)
        nonisolated(unsafe) private static var path: UnsafeMutablePointer<CChar>?
        nonisolated(unsafe) private static var message: UnsafeMutablePointer<CChar>?

        static func arm(_ target: String) {
            let file = "fuzz-crash-\(target)"
            path = strdup(file)
            message = strdup("\nzabfuzz: the input is in \(file); replay it with: zabfuzz replay \(target) \(file)\n")
            // A stack that ran over leaves no room for a handler on it.
            let size = 64 << 10
            var stack = stack_t(ss_sp: .allocate(byteCount: size, alignment: 16), ss_flags: 0, ss_size: size)
            sigaltstack(&stack, nil)
            for signal in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGALRM] {
                var action = sigaction()
                action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_ONSTACK
                action.__sigaction_handler.sa_handler = { signal in
                    let file = open(CrashNote.path!, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
                    if file >= 0 {
                        _ = write(file, CrashNote.current.baseAddress, CrashNote.current.count)
                        _ = close(file)
                    }
                    _ = write(2, CrashNote.message!, strlen(CrashNote.message!))
                    raise(signal)
                }
                sigaction(signal, &action, nil)
            }
        }
    }
#endif
