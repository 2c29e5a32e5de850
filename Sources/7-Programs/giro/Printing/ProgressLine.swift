import Foundation

/// A line on standard error that is overwritten as work progresses; one line per tenth where
/// standard error is no terminal.
struct ProgressLine {
    private let total: Int
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var lastTenth = -1

    init(total: Int) {
        self.total = max(total, 1)
    }

    /// - Parameter done: May be more than was expected: a log can be longer than its journal.
    mutating func show(_ done: Int, _ note: String) {
        let total = max(total, done)
        let tenth = done * 10 / total
        guard isTerminal || tenth > lastTenth else { return }
        lastTenth = tenth
        let filled = done * 30 / total
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 30 - filled)
        let line = "\(bar) \(done)/\(total) \(note)"
        write(isTerminal ? "\r\u{1B}[K\(line)" : line + "\n")
    }

    func end() {
        if isTerminal { write("\n") }
    }

    /// Progress that cannot be written is dropped: it must not end the work.
    private func write(_ text: String) {
        StandardStreams.put(text, on: STDERR_FILENO)
    }
}
