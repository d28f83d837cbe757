import Wire

extension Setup {
    /// Where the connections of a host come from. Clients stand in two networks by turns, each at an address of its own.
    func address(ofHost host: Int) -> ClientAddress {
        let client = host - servers
        return ClientAddress(bytes: [10, 0, UInt8(client & 1), UInt8(1 + client & 0x7f)])
    }
}
