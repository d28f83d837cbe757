import Testing

@testable import Exact

/// All that the compiler makes of one function has one name.
@Suite struct FunctionNameTests {
    @Test(
        arguments: [
            ("Zab.Peer.step(Zab.Input, into: inout Swift.Array<Zab.Effect>) -> ()", "Zab.Peer.step"),
            (
                "Znodes.ReplicatedState.(applySetData in _635E)(Wire.ByteReader) throws(Wire.E) -> ()",
                "Znodes.ReplicatedState.applySetData"
            ),
            (
                "generic specialization <Simulator.SimulatedPlatform> of Host.ServerHost.send(_: A, on: B) -> ()",
                "Host.ServerHost.send"
            ),
            (
                "function signature specialization <Arg[0] = Dead> of generic specialization <A<B>, C> of Host.Q.add()",
                "Host.Q.add"
            ),
            (
                "function signature specialization <Arg[4] = [Closure Propagated : $s6ZnodesU_, Argument Types : []> "
                    + "of generic specialization <(id: Swift.Int64, t: Swift.Int32)> of Swift._merge<A>(low: A)",
                "Swift._merge"
            ),
            (
                "closure #1 (Swift.Int32) -> Swift.Bool in implicit closure #1 () throws -> Swift.Bool in "
                    + "Host.ServerHost.(carryOutRound in _6D41)() -> ()", "Host.ServerHost.carryOutRound"
            ),
            (
                "partial apply forwarder for closure #1 (Log.T<A>.Active) -> Swift.Int in Log.T.(room in _A1).getter : "
                    + "Swift.Int", "Log.T.room.getter"
            ),
            ("partial apply forwarder for Log.T.close() -> ()", "Log.T.close"),
            (
                "protocol witness for Host.LogWorker.offer(_: Wire.Batch, committed: Zab.Zxid) -> Swift.Bool in "
                    + "conformance Log.LogThread<A> : Host.LogWorker in Host", "Log.LogThread.offer"
            ),
            (
                "protocol witness for static Swift.Equatable.== infix(A, A) -> Swift.Bool in conformance Zab.Zxid : "
                    + "Swift.Equatable in Zab", "Zab.Zxid.=="
            ),
            ("static Zab.Zxid.< infix(Zab.Zxid, Zab.Zxid) -> Swift.Bool", "Zab.Zxid.<"),
            ("merged generic specialization <A> of static Zab.Zxid.>> infix(A, (B) -> C) -> D", "Zab.Zxid.>>"),
            ("(extension in Znodes):Wire.ByteReader.acl() throws -> Wire.ACL", "Wire.ByteReader.acl"),
            ("default argument 1 of Wire.Writer.init(capacity: Swift.Int) -> Wire.Writer", "Wire.Writer.init"),
            ("merged outlined destroy of Swift.Optional<Log.LogError>", "copies of Swift.Optional<Log.LogError>"),
            ("outlined init with copy of Replica.Request", "copies of Replica.Request"),
            ("type metadata accessor for Log.T.Active", "Log.T.Active"),
        ]
    )
    func whatTheCompilerMakesOfOneHasOneName(spelled: String, name: String) {
        #expect(FunctionName.swift(spelled) == name)
    }

    @Test func symbolsAreSpelledByTheRuntime() {
        let symbol = "$s6Znodes5SlotsV4grow33_6AD42314106FF545BBE2564830AA84C7LLyyFAA10WatchTableV0I0V_Tg5"
        #expect(FunctionName.of(symbol: symbol) == "Znodes.Slots.grow")
        #expect(FunctionName.of(symbol: symbol + "'2") == "Znodes.Slots.grow")
    }

    @Test(
        arguments: [
            ("malloc", "malloc"), ("je_arena_dalloc.constprop.0", "je_arena_dalloc"), ("fall'2", "fall"),
            (
                "void swift::RefCounts<swift::Bits<(swift::Inlined)1> >::slow<(swift::Perform)1>(swift::Bits)",
                "swift::RefCounts::slow"
            ),
            ("(anonymous namespace)::find(char const*)", "anonymous::find"),
        ]
    )
    func otherLanguagesHaveNamesToo(symbol: String, name: String) {
        #expect(FunctionName.of(symbol: symbol) == name)
    }

    @Test func codeWithoutANameHasNone() {
        #expect(FunctionName.of(symbol: "0x000000000000a2f0") == nil)
        #expect(FunctionName.of(symbol: "???") == nil)
    }

    @Test func aNameKnowsItsModule() {
        #expect(FunctionName.module(of: "Znodes.Slots.grow") == "Znodes")
        #expect(FunctionName.module(of: "copies of Wire.PeerFrame") == "Wire")
        #expect(FunctionName.module(of: "swift::Bits.x") == nil)
        #expect(FunctionName.module(of: "malloc") == nil)
    }
}
