import Foundation
import TestSupport
import Testing
import Workload

@testable import Bench

/// `zabbench ab --a zookeeper --b zookeeper:/opt/apache-zookeeper-3.9.3-bin`: what names two versions of another system.
@Suite struct InstallationUnderTestTests {
    private let folder = TemporaryFolder()

    /// A Java that is one as far as looking for it goes.
    private func environment(_ flags: String = "") throws -> [String: String] {
        try folder.make("java/bin")
        try folder.write("#!/bin/sh\n".utf8, "java/bin/java")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755],
            ofItemAtPath: folder.path(of: "java/bin/java")
        )
        return ["JAVA_HOME": folder.path(of: "java"), "ZOOKEEPER_JVMFLAGS": flags]
    }

    private func release(_ name: String, flags: String = "") throws -> String {
        try folder.make("\(name)/lib")
        try folder.make("\(name)/conf")
        try folder.write([], "\(name)/lib/zookeeper-3.9.3.jar")
        try folder.write("export JVMFLAGS=\"\(flags)\"\n".utf8, "\(name)/conf/java.env")
        return "zookeeper:" + folder.path(of: name)
    }

    @Test func aNameIsAnInstallationOrABuild() throws {
        let debian = try #require(InstallationUnderTest("zookeeper"))
        #expect(debian.system == .zookeeper && debian.home == nil)
        #expect(InstallationUnderTest("zookeeper:/a:b")?.home == "/a:b")
        for build in ["main", ".", "./zookeeper", "zookeeper-3.9", "zabbench", ""] {
            #expect(InstallationUnderTest(build) == nil, "\(build)")
        }
        #expect(try InstallationUnderTest.both("main", "HEAD", environment: [:]) == nil)
    }

    @Test func bothSidesAreFoundWithTheirFlags() throws {
        let (a, b) = (try release("a"), try release("b", flags: "-Xint"))
        let both = try #require(try InstallationUnderTest.both(a, b, environment: environment()))
        #expect(both.map(\.name) == [a, b] && both.map(\.home) == [folder.path(of: "a"), folder.path(of: "b")])
    }

    @Test func whatCannotBeComparedIsOneLine() throws {
        let (a, lax) = (try release("a"), try release("lax", flags: "-Dzookeeper.forceSync=no"))
        let environment = try environment()
        func objection(_ a: String, _ b: String) throws -> String {
            let error = try #require(throws: UsageError.self) {
                _ = try InstallationUnderTest.both(a, b, environment: environment)
            }
            return error.description
        }
        #expect(try objection("main", a).hasSuffix("with ensemble.systems: [zabbench, zookeeper]"))
        #expect(try objection(a, "zookeeper:/no/such") == "zookeeper:/no/such: there is no folder /no/such")
        #expect(try objection("zookeeper:", a).hasPrefix("zookeeper:: name a folder after the colon"))
        let empty = try folder.make("empty")
        #expect(try objection(a, "zookeeper:\(empty)").contains("no \(empty)/lib/zookeeper-<version>.jar"))
        let unequal = try objection(a, lax)
        #expect(unequal.hasPrefix("unequal durability: B, \(lax) (forceSync=no) without a sync"), "\(unequal)")
        #expect(!unequal.contains("\n"))
        #expect(throws: UsageError.self) {
            _ = try InstallationUnderTest.both(a, a, environment: ["JAVA_HOME": "/nowhere"])
        }
    }
}
