import Wire

extension ZooKeeperClient {
    /// Creates a znode.
    ///
    /// - Returns: its path, which for the sequential modes ends with the number that the server gave it.
    /// - Throws: `ClientError.server(.nodeExists)`, `.noNode` (no parent), `.noChildrenForEphemerals` and others.
    @discardableResult
    public func create(
        _ path: String,
        data: [UInt8] = [],
        mode: CreateMode = .persistent,
        acl: [ACL] = ACL.openUnsafe
    ) async throws -> String {
        let body = try await call(.create) { writer in
            writer.append(string: path)
            data.withUnsafeBytes { writer.append(buffer: $0) }
            ACL.encode(acl, into: writer)
            writer.append(mode.rawValue)
        }
        return try decode(body) { reader throws(WireError) in try reader.string() }
    }

    /// Deletes a znode that has no children; `version` -1 deletes whatever version it has.
    ///
    /// - Throws: `ClientError.server(.noNode)`, `.badVersion`, `.notEmpty`.
    public func delete(_ path: String, version: Int32 = -1) async throws {
        _ = try await call(.delete) { writer in
            writer.append(string: path)
            writer.append(version)
        }
    }

    /// The znode's metadata, or nil if there is none. A watch fires when it is created, changed or deleted.
    public func exists(_ path: String, watch: Bool = false) async throws -> Stat? {
        do {
            let body = try await call(.exists, watch: watch ? WatchRequest(path: path, kind: .exists) : nil) { writer in
                writer.append(string: path)
                writer.append(watch)
            }
            return try decode(body) { reader throws(WireError) in try Stat(from: &reader) }
        } catch ClientError.server(.noNode) {
            return nil
        }
    }

    /// - Throws: `ClientError.server(.noNode)`.
    public func getData(_ path: String, watch: Bool = false) async throws -> (data: [UInt8], stat: Stat) {
        let body = try await call(.getData, watch: watch ? WatchRequest(path: path, kind: .data) : nil) { writer in
            writer.append(string: path)
            writer.append(watch)
        }
        return try decode(body) { reader throws(WireError) in
            (data: try reader.buffer().map(Array.init) ?? [], stat: try Stat(from: &reader))
        }
    }

    /// Replaces the znode's data; `version` -1 replaces whatever version it has.
    ///
    /// - Returns: the metadata after the write.
    /// - Throws: `ClientError.server(.noNode)`, `.badVersion`.
    @discardableResult
    public func setData(_ path: String, data: [UInt8], version: Int32 = -1) async throws -> Stat {
        let body = try await call(.setData) { writer in
            writer.append(string: path)
            data.withUnsafeBytes { writer.append(buffer: $0) }
            writer.append(version)
        }
        return try decode(body) { reader throws(WireError) in try Stat(from: &reader) }
    }

    /// The names of the children, in the server's order.
    public func getChildren(_ path: String, watch: Bool = false) async throws -> [String] {
        let body = try await call(.getChildren, watch: watch ? WatchRequest(path: path, kind: .children) : nil) {
            writer in
            writer.append(string: path)
            writer.append(watch)
        }
        return try decode(body, strings)
    }

    /// The names of the children and the parent's metadata.
    public func getChildren2(_ path: String, watch: Bool = false) async throws -> (children: [String], stat: Stat) {
        let request = watch ? WatchRequest(path: path, kind: .children) : nil
        let body = try await call(.getChildren2, watch: request) { writer in
            writer.append(string: path)
            writer.append(watch)
        }
        return try decode(body) { reader throws(WireError) in
            (children: try strings(&reader), stat: try Stat(from: &reader))
        }
    }

    /// Returns once the server of this session has applied everything that was committed when the leader got the
    /// request; reads that follow see all of it.
    public func sync(_ path: String = "/") async throws {
        _ = try await call(.sync) { writer in writer.append(string: path) }
    }
}

private func strings(_ reader: inout ByteReader) throws(WireError) -> [String] {
    let count = try reader.vectorCount(minimumSize: 4) ?? 0
    var list: [String] = []
    list.reserveCapacity(count)
    for _ in 0..<count { list.append(try reader.string()) }
    return list
}

private func decode<Value>(
    _ body: [UInt8],
    _ read: (inout ByteReader) throws(WireError) -> Value
) throws -> Value {
    do {
        return try body.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            return try read(&reader)
        }
    } catch let error as WireError {
        throw ClientError.protocolViolation(error.description)
    }
}
