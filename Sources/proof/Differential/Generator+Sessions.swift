import Randomness
import Wire

/// Connections, sessions, identities, and what is no request at all.
extension Generator {
    mutating func opening(_ seat: Int) -> Opening {
        var opening = Opening()
        opening.timeout = pick([10_000, 10_000, 30_000, 30_000, 1, 0, -1, .max])
        opening.hasReadOnly = chance(4, in: 5)
        opening.readOnly = chance(1, in: 5)
        opening.server = random.below(settings.servers)
        if chance(1, in: 30) { opening.sees = .ahead }
        if chance(1, in: 10) { opening.password = .of(length: pick([0, 1, 15, 17, 40])) }
        // Sessions of the first seat have no identity but their address.
        if seat > 0, chance(3, in: 4) { opening.identity = Identities.good[seat % Identities.good.count] }
        return opening
    }

    mutating func reopening() -> Opening {
        var opening = Opening()
        opening.timeout = pick([10_000, 30_000])
        opening.hasReadOnly = chance(4, in: 5)
        opening.server = random.below(settings.servers)
        opening.password = chance(1, in: 8) ? pick([.wrong, .of(length: 0), .of(length: 15)]) : .own
        if chance(1, in: 2) { opening.sees = .own }
        return opening
    }

    mutating func addAuth(isGood: Bool) -> Call {
        if isGood {
            let pair = pick(Identities.good)
            return Call(.auth, [.int(0), .text(pair.0), .text(pair.1)], xid: ReservedXid.auth)
        }
        let scheme: [UInt8]? = pick(
            ["world", "auth", "sasl", "x509", "super", "nobody", ""].map { Array($0.utf8) } + [nil]
        )
        return Call(.auth, [.int(0), .text(scheme), .text(pick([nil, [], Array("a:b".utf8)]))], xid: ReservedXid.auth)
    }

    /// Of a kind that clients do not send.
    mutating func strange() -> Call {
        let code: Int32 = pick([0, -1, 10, 23, 50, 99, 108, 200, .max, .min, -2, -12, OpCode.deleteContainer.rawValue])
        guard code != OpCode.deleteContainer.rawValue else {
            return Call(code: code, [.text(pool.any(&random))])
        }
        return Call(code: code, chance(1, in: 2) ? [] : [.text(pool.any(&random)), .int(0)])
    }

    /// A request that cannot be read whole.
    mutating func malformed() -> Call {
        var call = call()
        if chance(1, in: 3) {
            call.damage = .followed(by: [1, 2, 3])
        } else {
            call.damage = .cutShort(1 + random.below(9))
        }
        return call
    }

    /// Bytes instead of a request.
    mutating func garbage() -> [UInt8] {
        pick([
            [0, 0, 0, 0], [0, 0, 0, 4, 0, 0, 0, 1], [0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0], [255, 255, 255, 255],
            [0x80, 0, 0, 0], [0x7f, 255, 255, 255], [0, 0x10, 0, 0],
        ])
    }
}

/// Who clients are, and who may do what.
enum Identities {
    /// What a password's digest is named in lists: `user:base64(sha1("user:password"))`.
    static let alice = "alice:aYXlLOpEooaV1cRAvUL1fp9Qt7E="
    static let bob = "bob:fyVmFCwVbTJYrznoSu1koqYEYF0="

    /// Scheme and what `addAuth` says.
    static let good: [(String, String)] = [
        ("digest", "alice:secret"), ("digest", "bob:secret"), ("digest", "super:secret"), ("ip", ""),
        ("digest", "nocolon"), ("digest", ""), ("digest", "a:b:c"),
    ]

    static let all: [(String?, String?)] = [
        ("world", "anyone"), ("world", "anyone"), ("auth", ""), ("auth", ""), ("auth", "x"), ("digest", alice),
        ("digest", alice), ("digest", bob), ("ip", "127.0.0.1"), ("ip", "127.0.0.0/8"), ("ip", "10.0.0.1"),
        ("ip", "10.0.0.1/33"), ("ip", "nowhere"), ("ip", ""), ("world", "nobody"), ("world", ""), ("world", nil),
        ("digest", "x"),
        ("digest", "a:b"), ("digest", "a:b:c"), ("digest", ""), ("digest", nil), ("sasl", "alice"),
        ("x509", "CN=alice"), ("super", ""),
        ("super", "x"), ("nobody", "x"), ("", ""), (nil, nil), (nil, "anyone"), ("ip", nil), ("auth", nil),
    ]
}
