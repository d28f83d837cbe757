import ArgumentParser

@main
struct Zabbench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "zabbench")
}
