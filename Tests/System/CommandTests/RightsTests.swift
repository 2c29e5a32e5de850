import ChildProcess
import Foundation
import TestServers
import TestTags
import Testing

/// Who may use a bank's files: how they are made, and what is refused, with the program.
@Suite(.tags(.process)) struct RightsTests {
    @Test("Whatever the umask, everything is made for its owner alone")
    func made() async throws {
        let banks = Banks.newFolder()
        let script = """
            umask 000; giro=$1; banks=$2
            $giro init -d $banks bank-a bank-b && $giro token add -d $banks --role reader bank-a x
            $giro node -d $banks bank-a & node=$!
            for i in $(seq 200); do [ -S $banks/bank-a/giro.sock ] && break; sleep 0.05; done
            sleep 0.5; kill -STOP $node
            find $banks -printf '%m %P\\n'; kill -KILL $node
            """
        let output = banks + ".modes"
        let shell = try ChildProcess(
            "/bin/bash", ["-c", script, "bash", Program.url.path, banks], output: output,
            errors: "/dev/null")
        _ = await shell.end()
        let lines = try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n")
        let found = lines.compactMap { line -> (mode: Substring, path: Substring)? in
            let words = line.split(separator: " ", maxSplits: 1)
            guard words.count == 2, words[0].count == 3 else { return nil }
            return (words[0], words[1])
        }
        for (mode, path) in found {
            let isFolder = ["bank-a", "bank-b", "bus"].contains(path) || path.hasSuffix("peers")
            let expected = isFolder ? "700" : path.hasSuffix(".pub") ? "644" : "600"
            // A socket has the bits to run as well, which mean nothing.
            #expect(mode == expected || (path.hasSuffix(".sock") && mode == "700"), "\(path)")
        }
        for path in [
            "node.key", "node.yaml", "peers/bank-b.pub", "tokens", "log.sqlite",
            "log.sqlite-wal", "statements.sqlite", "history", "node.lock", "giro.sock",
        ] {
            #expect(found.contains { $0.path == "bank-a/" + path }, "\(path)")
        }
        for path in [banks, output] { try FileManager.default.removeItem(atPath: path) }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        /// By whom it was done, with the banks' folder as the working directory.
        let script: String
        /// What the program says; `nil` where there is nothing wrong.
        let words: String?
        var testDescription: String { script }

        init(_ script: String, _ words: String?) {
            (self.script, self.words) = (script, words)
        }

        static let all = [
            Self("chmod 644 bank-a/node.key", "bank-a/node.key: others than its owner may use it"),
            Self("chmod 620 bank-a/node.key", "chmod 600"),
            Self("chmod 400 bank-a/node.key", nil),
            Self("chmod 664 bank-a/peers/bank-b.pub", "chmod go-w"),
            Self("chmod 644 bank-a/node.yaml", nil),
            Self("chmod 662 bank-a/node.yaml", "chmod go-w"),
            Self(
                """
                printf 'log:\\n  store: postgresql://r:pw@127.0.0.1:1/d\\n' >>bank-a/node.yaml
                chmod 644 bank-a/node.yaml
                """, "node.yaml, which holds a password: others"),
            Self(
                """
                printf 'sasl.password=x\\n' >bank-a/p; chmod 644 bank-a/p
                printf 'node: bank-a\\nbus: kafka://127.0.0.1:1\\nkafka:\\n  properties: p\\n' \
                    >bank-a/node.yaml
                """, "bank-a/p: others than its owner may use it"),
            Self("chmod 770 bank-a", "bank-a: others than its owner may write to it"),
            Self("chmod 755 bank-a", nil), Self("chmod 755 .", nil),
            Self("chmod 777 .", "chmod go-w"), Self("chmod 1777 .", "chmod go-w"),
            Self("chmod 770 bank-a/peers", "bank-a/peers: others"),
            Self("mkdir -p bus; chmod 777 bus", "bus: others"),
            Self(
                "touch bank-a/log.sqlite; chmod 666 bank-a/log.sqlite",
                "bank-a/log.sqlite: others than its owner may write it; run: chmod go-w"),
            Self(
                "touch bank-a/log.sqlite bank-a/log.sqlite-wal; chmod 620 bank-a/log.sqlite-wal",
                "bank-a/log.sqlite-wal: others"),
            Self(
                "touch bank-a/statements.sqlite; chmod 602 bank-a/statements.sqlite",
                "bank-a/statements.sqlite: others"),
            Self("touch bank-a/history; chmod 602 bank-a/history", "bank-a/history"),
            Self("touch bank-a/node.clock; chmod 666 bank-a/node.clock", "node.clock: others"),
            Self("touch bank-a/node.clock; chmod 644 bank-a/node.clock", nil),
            Self(
                "mkdir -pm 700 bus; touch bus/transfers.bank-b.bank-a.sqlite; chmod 622 bus/*",
                "bus/transfers.bank-b.bank-a.sqlite: others"),
            Self("mv bank-a/node.key k; ln -s ../k bank-a/node.key", nil),
            Self(
                "mv bank-a/node.key k; ln -s ../k bank-a/node.key; chmod 644 k", "chmod 600"),
        ]

        /// Only root can give files away.
        static let byRoot = [
            Self("chown nobody bank-a/node.key", "belongs to the user nobody"),
            Self("chown nobody bank-a/node.yaml", "belongs to the user nobody"),
            Self("chown nobody bank-a", "belongs to the user nobody"),
            Self("chown nobody .", "run this as nobody"),
            Self("mkdir -p bus; chown nobody bus", "bus: belongs"),
            Self("touch bank-a/log.sqlite; chown nobody bank-a/log.sqlite", "log.sqlite: belongs"),
            Self(
                "mkdir -p bus; touch bus/a.sqlite; chown nobody bus/a.sqlite", "a.sqlite: belongs"),
            Self(
                "mv bank-a/node.key k; ln -s ../k bank-a/node.key; chown -h nobody bank-a/node.key",
                "belongs to the user nobody"),
        ]
    }

    @Test("A node starts only where no other user can access its files", arguments: Case.all)
    func start(_ rights: Case) async throws {
        try await expect(rights)
    }

    @Test(
        "What is another user's is refused to root too", .enabled(if: geteuid() == 0),
        arguments: Case.byRoot)
    func foreign(_ rights: Case) async throws {
        try await expect(rights)
    }

    private func expect(_ rights: Case) async throws {
        let banks = try await Banks("bank-a", "bank-b", starting: false)
        #expect(await shell("cd \(banks.directory); \(rights.script)") == 0)
        let node = try banks.node("bank-a")
        if let words = rights.words {
            let refused = try await node.ending()
            #expect(refused.code == 2)
            #expect(refused.errors.contains(words), "\(refused.errors)")
            let doctor = try await banks.run("doctor")
            #expect(doctor.code != 0)
            #expect((doctor.output + doctor.errors).contains(words), "\(doctor)")
        } else {
            try await banks.waitUntilHealthy("bank-a")
            node.terminate()
            _ = try await node.ending()
        }
        try FileManager.default.removeItem(atPath: banks.directory)
    }

    @Test(
        "giro init makes nothing where others may write, or that is another's",
        .enabled(if: geteuid() == 0))
    func refusedPlaces() async throws {
        let place = Banks.newFolder()
        #expect(await shell("mkdir -m 777 \(place); chown nobody \(place)") == 0)
        for directory in [place, place + "/below"] {
            let refused = try await Program.run("init", "--directory", directory, "bank-a")
            #expect(refused.code == 2, "\(refused)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: place).isEmpty)
        try FileManager.default.removeItem(atPath: place)
    }

    @Test(
        "A secret of root's that a process reads by its group is fine, as containers mount them",
        .enabled(if: geteuid() == 0))
    func mounted() async throws {
        let banks = Banks.newFolder()
        let user = "setpriv --reuid=1000 --regid=1000 --clear-groups \(Program.url.path)"
        let key = "\(banks)/bank-a/node.key"
        let made = await shell(
            """
            mkdir -m 2770 \(banks) && chgrp 1000 \(banks) && \(user) init -d \(banks) bank-a \
            && chown root:1000 \(key) && chmod 440 \(key) && \(user) key show -d \(banks) bank-a
            """)
        #expect(made == 0)
        for refused in ["chmod 444 \(key)", "chmod 460 \(key)", "chgrp 1001 \(key)"] {
            #expect(await shell("\(refused) && \(user) key show -d \(banks) bank-a") != 0)
            #expect(await shell("chmod 440 \(key) && chgrp 1000 \(key)") == 0)
        }
        try FileManager.default.removeItem(atPath: banks)
    }

    private func shell(_ script: String) async -> Int32? {
        let shell = try? ChildProcess(
            "/bin/bash", ["-c", script], output: "/dev/null", errors: "/dev/null")
        return await shell?.end()
    }
}
