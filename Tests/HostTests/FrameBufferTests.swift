import Host
import Testing

@Suite struct FrameBufferTests {
    private static let bounds = FrameBuffer.Bounds(lengths: 0...1000, readAhead: 4096)

    private static func frame(_ body: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: UInt32(body.count).bigEndian, Array.init) + body
    }

    /// Bodies of the frames in a run of whole ones.
    private static func bodies(_ run: UnsafeRawBufferPointer) -> [[UInt8]] {
        var bodies: [[UInt8]] = []
        var offset = 0
        while offset < run.count {
            let length = Int(UInt32(bigEndian: run.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            bodies.append(Array(run[(offset + 4)..<(offset + 4 + length)]))
            offset += 4 + length
        }
        return bodies
    }

    private static func read(
        _ bytes: [UInt8],
        _ buffer: inout FrameBuffer,
        _ take: (UnsafeRawBufferPointer) -> Int
    ) -> FrameBuffer.Problem? {
        bytes.withUnsafeBytes { buffer.receive($0, take) }
    }

    @Test func theSameFramesComeHoweverReadsCutThem() {
        let sent: [[UInt8]] = [[1], [], Array(repeating: 7, count: 9), [2, 3], [], [4, 5, 6, 7, 8]]
        let stream = sent.flatMap(Self.frame)
        for first in 0...stream.count {
            for second in first...stream.count {
                var buffer = FrameBuffer(Self.bounds)
                var came: [[UInt8]] = []
                for part in [stream[..<first], stream[first..<second], stream[second...]] {
                    let problem = Self.read(Array(part), &buffer) {
                        came += Self.bodies($0)
                        return $0.count
                    }
                    #expect(problem == nil)
                }
                #expect(came == sent)
                #expect(buffer.held == 0 && buffer.frameCount == sent.count)
            }
        }
    }

    @Test func framesThatNobodyTakesWaitInTheirOrder() {
        let sent = (0..<40).map { [UInt8](repeating: $0, count: Int($0) % 7) }
        let stream = sent.flatMap(Self.frame)
        for size in 1...stream.count {
            var buffer = FrameBuffer(Self.bounds)
            var came: [[UInt8]] = []
            // One frame each time that it is asked, at most.
            let takeOne: (UnsafeRawBufferPointer) -> Int = { run in
                let body = Self.bodies(run)[0]
                came.append(body)
                return 4 + body.count
            }
            for start in stride(from: 0, to: stream.count, by: size) {
                let part = Array(stream[start..<min(start + size, stream.count)])
                #expect(Self.read(part, &buffer, takeOne) == nil)
            }
            while buffer.hasWholeFrame { buffer.resume(takeOne) }
            #expect(came == sent)
            #expect(buffer.held == 0)
        }
    }

    /// Before, whatever had been taken was kept until nothing waited behind it: 4 GiB later the server trapped.
    @Test func aByteOfTheNextFrameEachTimeCostsNoMemory() {
        let frame = Self.frame(Array(repeating: 9, count: 96))
        var buffer = FrameBuffer(Self.bounds)
        var count = 0
        var next = frame
        for _ in 0..<100_000 {
            // All that the last write left out, and one byte more than this frame.
            next += frame[..<1]
            #expect(
                Self.read(next, &buffer) {
                    count += Self.bodies($0).count; return $0.count
                } == nil
            )
            guard buffer.memory <= buffer.memoryMax, buffer.memoryMax < 1000 else {
                Issue.record("\(buffer.memory) bytes of memory after \(count) frames")
                return
            }
            next = Array(frame[1...])
        }
        #expect(count == 100_000 && buffer.held == 1)
    }

    @Test func memoryIsBoundedWhereSomeFramesAlwaysWait() {
        let frame = Self.frame(Array(repeating: 9, count: 96))
        var buffer = FrameBuffer(Self.bounds)
        let read = frame + frame[..<30]
        let rest = frame[30...] + frame[..<30]
        var taken = 0
        for round in 0..<50_000 {
            // Two come, and of three that wait two are taken.
            #expect(Self.read(round == 0 ? read : Array(rest), &buffer) { _ in 0 } == nil)
            #expect(Self.read(Array(rest), &buffer) { _ in 0 } == nil)
            buffer.resume { run in
                let count = min(run.count, round == 0 ? 100 : 200)
                taken += count / 100
                return count
            }
            guard buffer.memory <= buffer.memoryMax, buffer.memoryMax < 4000 else {
                Issue.record("\(buffer.memory) bytes of memory, \(buffer.held) wait")
                return
            }
        }
        #expect(taken == 99_999)
    }

    @Test func whatALargeFrameNeededIsGivenBack() {
        var buffer = FrameBuffer(FrameBuffer.Bounds(lengths: 0...(1 << 20), readAhead: 0))
        let large = Self.frame(Array(repeating: 1, count: 1 << 20))
        var came = 0
        for part in [large[..<(1 << 19)], large[(1 << 19)...]] {
            #expect(
                Self.read(Array(part), &buffer) {
                    came += 1; return $0.count
                } == nil
            )
            if came == 0 { #expect(buffer.memory >= 1 << 19) }
        }
        #expect(came == 1 && buffer.memory <= FrameBuffer.keptMax)
    }

    @Test func aLengthThatNoFrameHasIsSaidOnceAfterTheFramesBeforeIt() {
        let bad = withUnsafeBytes(of: UInt32(1001).bigEndian, Array.init)
        let stream = Self.frame([1]) + Self.frame([2, 2]) + bad + Self.frame([3])
        for cut in 0...stream.count {
            var buffer = FrameBuffer(Self.bounds)
            var came: [[UInt8]] = []
            var problems: [FrameBuffer.Problem] = []
            for part in [stream[..<cut], stream[cut...], stream[...]] {
                let problem = Self.read(Array(part), &buffer) {
                    came += Self.bodies($0)
                    return $0.count
                }
                if let problem { problems.append(problem) }
            }
            #expect(came == [[1], [2, 2]] && problems == [.length(1001)])
        }
        var buffer = FrameBuffer(Self.bounds)
        #expect(Self.read([0xff, 0xff, 0xff, 0xff], &buffer) { $0.count } == .length(-1))
    }

    @Test func moreThanMayWaitIsSaidOnce() {
        var buffer = FrameBuffer(Self.bounds)
        let frame = Self.frame(Array(repeating: 9, count: 96))
        var problems: [FrameBuffer.Problem] = []
        for _ in 0..<100 {
            if let problem = Self.read(frame, &buffer, { _ in 0 }) { problems.append(problem) }
        }
        #expect(problems == [.tooMuch(5200)])
        #expect(buffer.held == 5100 && buffer.memory <= buffer.memoryMax)
    }

    @Test func aReadOfWholeFramesIsHandedOutWhereItIs() {
        let stream = Self.frame([1, 2]) + Self.frame([3])
        stream.withUnsafeBytes { read in
            var buffer = FrameBuffer(Self.bounds)
            var place: UnsafeRawPointer?
            let problem = buffer.receive(read) {
                place = $0.baseAddress
                return $0.count
            }
            #expect(problem == nil)
            #expect(place == read.baseAddress)
            #expect(buffer.memory == 0)
        }
    }

    @Test func framesAreLiftedOnceFromAmongThoseThatWait() {
        let sent: [[UInt8]] = (0..<60).map { [$0, $0] }
        let stream = sent.flatMap(Self.frame) + [0, 0]
        for size in [1, 3, 7, 50, stream.count] {
            var buffer = FrameBuffer(Self.bounds)
            var offered: [UInt8] = []
            for start in stride(from: 0, to: stream.count, by: size) {
                #expect(Self.read(Array(stream[start..<min(start + size, stream.count)]), &buffer) { _ in 0 } == nil)
                buffer.lift { frame in
                    offered.append(frame[0])
                    return frame[0] % 3 == 0
                }
            }
            #expect(offered == Array(0..<60))
            #expect(buffer.memory <= buffer.memoryMax)
            var came: [[UInt8]] = []
            buffer.resume {
                came += Self.bodies($0); return $0.count
            }
            #expect(came == sent.filter { $0[0] % 3 != 0 })
            #expect(buffer.held == 2)
        }
    }
}
