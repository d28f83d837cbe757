import Foundation

/// A key of a JSON object that is not known before.
public struct MemberKey: CodingKey, Sendable {
    public let stringValue: String
    public var intValue: Int? { nil }
    public init(_ name: String) { stringValue = name }
    public init?(stringValue: String) { self.init(stringValue) }
    public init?(intValue: Int) { nil }
}

/// A row as a JSON object: a member for each of its columns, null where the cell is empty.
public struct RowObject<Row: CSVRow>: Encodable, Sendable {
    public let row: Row

    public init(_ row: Row) { self.row = row }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: MemberKey.self)
        for column in Row.columns {
            // What is too large for a number of JSON's readers stays what it is: an integer.
            try members.encode(column.cell(of: row), forKey: MemberKey(column.name))
        }
    }
}

extension CSVValue: Encodable {
    public func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .missing: try value.encodeNil()
        case .text(let text): if text.isEmpty { try value.encodeNil() } else { try value.encode(text) }
        case .integer(let number): try value.encode(number)
        case .flag(let flag): try value.encode(flag)
        case .number(let number):
            // As precise as the file: a document must not know more than what it was made with.
            let text = CSVValue.plain(number)
            if let decimal = Decimal(string: text) { try value.encode(decimal) } else { try value.encodeNil() }
        }
    }
}

extension JSONEncoder {
    /// How every document of zabbench is written: members in the order of their names, in snake case where they are Swift's.
    public static var zabbench: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return encoder
    }
}
