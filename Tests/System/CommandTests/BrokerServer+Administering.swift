import ChildProcess
import Foundation
import TestServers
import Testing

extension BrokerServer {
    /// Does what an administrator does with the broker's own tools: here another client library.
    ///
    /// - Parameters:
    ///   - order: A call of its `AdminClient`, in Python.
    ///   - folder: For what it says.
    func administer(_ order: String, in folder: String) async throws {
        let script = """
            from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic
            client = AdminClient({'bootstrap.servers': '\(address)'})
            for answer in client.\(order).values(): answer.result(20)
            """
        let errors = folder + "/administer.errors"
        let python = try ChildProcess(
            try TestTools.path(of: "venvs/librdkafka/bin/python"), ["-c", script],
            output: "/dev/null", errors: errors)
        let code = await python.end()
        #expect(code == 0, "\((try? String(contentsOfFile: errors, encoding: .utf8)) ?? "")")
    }
}
