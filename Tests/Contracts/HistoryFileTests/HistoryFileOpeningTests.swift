import Chain
import Foundation
import HistoryFile
import Saga
import Testing

/// What only a file has: a path, rights, a lock, and what is left of it at the next opening.
@Suite struct HistoryFileOpeningTests {
    @Test("A file that is opened again is where it was, and only its owner may use it")
    func reopening() async throws {
        let sample = try SampleLog.ofSeventy.get()
        try await withHistoryPath { path in
            let history = try HistoryFile(at: path)
            try history.append(sample.hashes[..<40])
            history.close()
            #expect(try Array(Data(contentsOf: URL(fileURLWithPath: path))) == sample.bytes(of: 40))
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
            #expect(mode as? Int == 0o600)

            let again = try HistoryFile(at: path)
            #expect(sample.isWhole(again, after: 40))
            try again.append(sample.hashes[40...])
            again.close()
            #expect(try Array(Data(contentsOf: URL(fileURLWithPath: path))) == sample.bytes)
        }
    }

    @Test("Opening cuts off what is no whole commit", arguments: [1, 31, 32, 33, 64, 159])
    func torn(rest: Int) async throws {
        let sample = try SampleLog.ofSeventy.get()
        try await withHistoryPath { path in
            // Commit 32 completes five nodes besides its leaf.
            let whole = sample.byteCount(of: 31)
            try write(Array(sample.bytes.prefix(whole + rest)), to: path)
            let history = try HistoryFile(at: path)
            #expect(sample.isWhole(history, after: 31))
            #expect(try byteCount(at: path) == whole)
            history.close()
        }
    }

    @Test("What is dropped is no longer in the file")
    func dropped() async throws {
        let sample = try SampleLog.ofSeventy.get()
        let log = try sample.log(of: 70)
        try await withHistoryPath { path in
            try write(sample.bytes, to: path)
            let history = try HistoryFile(at: path)
            try await history.bring(to: sample.trees[33], from: log)
            #expect(try byteCount(at: path) == sample.byteCount(of: 33))
            try history.reset()
            #expect(try byteCount(at: path) == 0)
            history.close()
        }
    }

    @Test("A file is opened once at a time, and is free when it is closed")
    func locked() async throws {
        let sample = try SampleLog.short.get()
        try await withHistoryPath { path in
            try write(sample.bytes + [1], to: path)
            let history = try HistoryFile(at: path)
            try history.append([Hash.zero])
            let bytes = try byteCount(at: path)
            #expect(await code { _ = try HistoryFile(at: path) } == .locked)
            // The second opening has changed nothing.
            #expect(try byteCount(at: path) == bytes)
            try history.append([Hash.zero])
            history.close()
            let again = try HistoryFile(at: path)
            #expect(again.count == UInt64(sample.count) + 2)
            again.close()
        }
    }

    @Test(
        "A symbolic link is refused, whether it leads to a file or nowhere",
        arguments: [true, false])
    func link(leadsToFile: Bool) async throws {
        try await withHistoryPath { path in
            let target = path + "-target"
            if leadsToFile { try write([1, 2, 3], to: target) }
            try FileManager.default.createSymbolicLink(
                atPath: path, withDestinationPath: target)
            #expect(await code { _ = try HistoryFile(at: path) } == .refused)
            #expect(FileManager.default.fileExists(atPath: target) == leadsToFile)
            if leadsToFile { #expect(try byteCount(at: target) == 3) }
        }
    }

    @Test("A file that others may write is refused and left as it is", arguments: [0o620, 0o602])
    func othersMayWrite(mode: Int) async throws {
        try await withHistoryPath { path in
            try write([1, 2, 3], to: path, mode: mode)
            // What is made may be narrowed by the process's umask.
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            var fault: HistoryFileError?
            do throws(HistoryFileError) {
                _ = try HistoryFile(at: path)
            } catch {
                fault = error
            }
            #expect(fault?.code == .refused)
            #expect(fault?.message.contains("chmod go-w") == true)
            #expect(try byteCount(at: path) == 3)
        }
    }

    @Test("A folder in the file's place, or a missing one above it, makes the file unavailable")
    func noFile() async throws {
        try await withHistoryPath { path in
            let inside = path + "/history"
            #expect(await code { _ = try HistoryFile(at: inside) } == .unavailable)
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
            #expect(await code { _ = try HistoryFile(at: path) } == .unavailable)
        }
    }
}
