import BlockingIO
import Dispatch
import Foundation
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10)))
struct BlockingThreadTests {
    @Test("An actor's calls and work put beside them run on its thread, in their order")
    func order() async {
        let thread = BlockingThread(name: "order")
        let worker = Worker(thread)
        for number in 0..<1_000 {
            thread.perform { worker.assumeIsolated { $0.numbers.append(number) } }
        }
        await worker.add(1_000)
        #expect(await worker.numbers == Array(0...1_000))
    }

    @Test("A thread has its name, as far as the system shows it")
    func name() async {
        let worker = Worker(BlockingThread(name: "a thread named for tests"))
        #expect(await worker.threadName == "a thread named")
        #expect(await BlockingThread.run("once") { currentThreadName() } == "once")
    }

    @Test("A thread has its name whenever its work begins, however soon that is")
    func namedFromTheStart() async {
        for _ in 0..<2_000 {
            #expect(await BlockingThread.run("at once") { currentThreadName() } == "at once")
        }
    }

    @Test("Calls that block keep no task from running, however many they are")
    func blocking() async {
        let release = DispatchSemaphore(value: 0)
        let count = 4 * ProcessInfo.processInfo.activeProcessorCount
        await withTaskGroup { group in
            for number in 0..<count {
                group.addTask {
                    await BlockingThread.run("blocked \(number)") { release.wait() }
                }
            }
            // Each runs on the pool that the blocked calls leave alone.
            for _ in 0..<count { await Task { _ = release.signal() }.value }
        }
    }

    @Test("A released executor does what was put there before, and then its thread ends")
    func end() async {
        let (ends, end) = AsyncStream.makeStream(of: Int.self)
        let done = Mutex(0)
        let release = DispatchSemaphore(value: 0)
        await withCheckedContinuation { started in
            let thread = BlockingThread(name: "ending")
            thread.perform {
                Thread.current.threadDictionary["end"] = ThreadEnd { end.finish() }
                started.resume()
                release.wait()
            }
            for _ in 0..<100 { thread.perform { end.yield(1) } }
        }
        release.signal()
        for await one in ends { done.withLock { $0 += one } }
        #expect(done.withLock { $0 } == 100)
    }

    @Test("An actor's last job may release it, and its executor, while it is being handed over")
    func lastJob() async {
        await withTaskGroup { group in
            for number in 0..<2_000 {
                group.addTask {
                    let worker = Worker(BlockingThread(name: "short"))
                    await worker.add(number)
                }
            }
        }
    }

    @Test("A call throws what its work throws")
    func failure() async {
        await #expect(throws: Refused.self) {
            try await BlockingThread.run("failing") { () throws(Refused) in throw Refused() }
        }
    }
}

private struct Refused: Error {}

private actor Worker {
    private let thread: BlockingThread
    var numbers: [Int] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(_ thread: BlockingThread) { self.thread = thread }

    var threadName: String { currentThreadName() }

    func add(_ number: Int) { numbers.append(number) }
}

/// Kept by a thread for as long as it lives.
private final class ThreadEnd {
    private let action: () -> Void

    init(_ action: @escaping () -> Void) { self.action = action }

    deinit { action() }
}

/// What the kernel calls it; what Foundation has noted where there is no such file.
private func currentThreadName() -> String {
    let name = try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
    return name?.trimmingCharacters(in: .newlines) ?? Thread.current.name ?? ""
}
