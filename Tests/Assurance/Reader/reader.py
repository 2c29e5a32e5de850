#!/usr/bin/env python3
"""Usage: reader.py [--quiet] journal FILE, or reader.py [--quiet] excerpt JOURNAL FILE. See README.md."""
import datetime as dt, functools, hashlib, pathlib, re, sys
from types import SimpleNamespace as Values
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

STATES = dict(enumerate("without a state,DECIDING,RESERVED,CONFIRMED,CANCELLED,ABANDON_REQUESTED".split(",")))
BITS = {"bool": 1, "uint32": 32, "uint64": 64, "int64": 64, "State": 32}
EMPTY, FIELDS = {"bytes": b"", "string": ""}, {}
for file in ("journal.proto", "links.proto"):  # a message's fields by number; those of a oneof stand further in
    text = (pathlib.Path(__file__).resolve().parents[3] / "topics" / file).read_text()
    for name, rest in re.findall(r"^message (\w+)((?:.|\n(?!message))*)", text, re.M):
        found = re.findall(r"^  (  )?(repeated|optional|) ?(?:\w+[.])*(\w+) (\w+) = (\d+);", rest, re.M)
        FIELDS[name] = {int(n): ("oneof" if inner else label, type, field) for inner, label, type, field, n in found}

class Fault(Exception): where = "The excerpt"  # or a record of the journal
def need(condition, sentence):
    if not condition: raise Fault(sentence)
def sha(*parts): return hashlib.sha256(b"".join(parts)).digest()

def varint(data, at):
    found = re.compile(rb"[\x80-\xff]{0,9}[\0-\x7f]").match(data, at)
    need(found and (len(found[0]) == 1 or found[0][-1]), "a number does not end, or not as soon as it could.")
    return sum((byte & 127) << 7 * index for index, byte in enumerate(found[0])), found.end()

def read(name, data, at=0, last=0, chosen=0):  # a message, in the one form that it has
    values = {f: [] if l == "repeated" else None if l else EMPTY.get(t, 0) for l, t, f in FIELDS[name].values()}
    while at < len(data):
        tag, at = varint(data, at)
        need(tag >> 3 in FIELDS[name], f"{name} has the unknown field {tag >> 3}.")
        label, type, field = FIELDS[name][tag >> 3]
        need(tag >> 3 > last or tag >> 3 == last and label == "repeated", f"{name} has {field} out of order.")
        need(tag & 7 == (0 if type in BITS else 2), f"{name} has {field} as another type.")
        last, chosen, (item, at) = tag >> 3, chosen + (label == "oneof"), varint(data, at)
        present = item or label or type in FIELDS  # a message is there also where nothing is in it
        need(present and chosen < 2, f"{name} has {field} with its default value, or beside another choice.")
        need(item >> BITS[type] == 0 if type in BITS else at + item <= len(data), f"{name} has {field} beyond a limit.")
        if type not in BITS: item, at = data[at:at + item], at + item
        elif type == "int64": item -= item >> 63 << 64
        item = read(type, item) if type in FIELDS else item.decode() if type == "string" else item
        values[field] = [*values[field], item] if label == "repeated" else item
    return Values(raw=data, digest=sha(data), **values)

def climb(known, size, proof=b""):  # the root over `size` leaves, of which some are known, by their indices
    while size > 1:
        level, known, end, size = known, {}, size, (size + 1) // 2
        for at in sorted(level):
            pair = [level.get(at & ~1), level.get(at | 1)]
            if None in pair and at ^ 1 < end: pair[1 - at % 2], proof = proof[:32], proof[32:]
            known[at // 2] = pair[0] if pair[1] is None else sha(b"\1", *pair)
    return None if proof else known[0]

def check_path(hash, number, path, newest):
    if hash == newest.digest: return need(not path, "the newest header has a path.")
    top = 0 < number < newest.number and climb({number - 1: sha(b"\0", hash)}, newest.number - 1, path)
    need(top == newest.history_root, f"no path leads from header {hash.hex()[:16]} to history_root of the newest.")

def check_entry(position, saga, kept_hash, shown, content):
    what, name = read("Shown", shown), f"the entry at position {position}"
    step = read("StepShown", what.step) if what.step is not None else None
    need(len(saga) in (0, 16) and len(kept_hash) == 32, f"{name} has a saga not of 16 bytes, or a hash not of 32.")
    fits = (what.number > 0) != bool(what.read) if what.peer else not what.number and (step or not shown)
    need(fits, f"{name} has an addressee, a number and a step that do not go together.")
    need(not content or sha(content) == what.content_hash, f"{name} has a content that is not that of content_hash.")
    text = " ".join(kind for kind in ("read", "key", "timeline", "accepted") if getattr(what, kind))
    if step: text = f"step {step.number} {STATES.get(step.state, step.state)}"
    return Values(peer=what.peer, number=what.number, same=(saga, kept_hash, shown),
                  line=f"{position}: {what.peer} {what.number or '-'}, {text or 'nothing'}",
                  leaf=sha(b"\0", position.to_bytes(8, "big"), saga or bytes(16), kept_hash, shown))

def check_commit(record, log):  # log[n] is commit n, log[0] what stands before the first
    commit, named = read("Commit", record), log[-1].keys[-1]
    header, body = read("CommitHeader", commit.header), read("CommitBody", commit.body)
    if header.timeline > log[-1].header.timeline: del log[max(header.number, 1):]
    before, first, counts, roots = log[-1].header, log[-1].header.last_position + 1, {**log[-1].counts}, log[-1].roots
    need(1 <= len(body.entries) <= 10000, f"it has {len(body.entries)} entries, not 1 to 10,000.")
    need(all(16 <= len(e.kept) <= 98320 - len(e.shown + e.content) for e in body.entries), "an entry's size is wrong.")
    events = [read("Kept", entry.kept[16:]) for entry in body.entries]
    need([n for n, it in enumerate(events, first) if it.node_opened] == [1][first - 1:], "NodeOpened is not entry 1.")
    keys = [named or events[0].node_opened.public_key, *(it.key_rotated.public_key for it in events if it.key_rotated)]
    entries = [check_entry(n, it.saga, sha(it.kept), it.shown, it.content) for n, it in enumerate(body.entries, first)]
    due = {"format": 2, "node": before.node or events[0].node_opened.node, "key_id": sha(keys[0])[:8],
           "number": len(log), "first_position": first, "last_position": first + len(entries) - 1,
           "body_length": len(commit.body), "cursors_hash": body.cursors.digest if body.cursors else sha(),
           "history_root": functools.reduce(lambda right, left: sha(b"\1", left, right), roots[::-1] or [sha()]),
           "merkle_root": climb(dict(enumerate(e.leaf for e in entries)), len(entries)), "previous_hash": before.digest}
    peers = [inbox.peer for inbox in body.cursors.inboxes] if body.cursors else []
    need(peers == sorted({*peers}), "its cursors are not by peer, or there are two of one peer.")
    for field, value in due.items(): need(getattr(header, field) == value, f"{field} is not what it has to be.")
    for it in ("timeline", "epoch", "time"): need(getattr(header, it) >= getattr(before, it), f"{it} goes back.")
    Ed25519PublicKey.from_public_bytes(keys[0]).verify(commit.signature, header.raw)
    for peer, number in ((entry.peer, entry.number) for entry in entries if entry.number):
        counts[peer] = counts.get(peer, 0) + 1
        need(number == counts[peer], f"an entry for {peer} has the number {number}, not {counts[peer]}.")
    leaf, size = sha(b"\0", header.digest), len(log) - 1
    while size % 2: roots, leaf, size = roots[:-1], sha(b"\1", roots[-1], leaf), size // 2
    log.append(Values(header=header, entries=entries, counts=counts, keys=keys, roots=[*roots, leaf]))

def check_journal(say, data, newest=b"", at=0, count=0):  # up to the newest header, if one is given
    log = [Values(counts={}, roots=[], keys=[None], header=Values(raw=None, digest=bytes(32), number=0, node="",
                  last_position=0, timeline=0, epoch=0, time=-1 << 63))]
    while at < len(data) and log[-1].header.raw != newest or not count:
        count, end = count + 1, at + 4 + int.from_bytes(data[at:at + 4], "big")
        Fault.where = f"Record {count}"
        need(end <= min(len(data), at + 4 + (512 << 10)), "it ends beyond the file, or has more than 512 KiB.")
        check_commit(data[at + 4:end], log)
        at, h, time = end, log[-1].header, dt.datetime.fromtimestamp(log[-1].header.time / 1000, dt.timezone.utc)
        say(f"{h.number}: positions {h.first_position} to {h.last_position}, {time}, {len(log[-1].entries)} entries")
    return log

def check_excerpt(say, journal, data):
    excerpt, shown, last = read("Excerpt", data), [], 0
    need(excerpt.newest and excerpt.commits, "it has no newest header, or no commit.")
    newest = read("CommitHeader", excerpt.newest.header)
    log, old = check_journal(lambda *line: None, journal, newest.raw), excerpt.previous
    Fault.where, numbers = "The excerpt", {commit.header.digest: commit.header.number for commit in log}
    need(newest.digest in numbers, f"the journal does not hold the newest header, of commit {newest.number}.")
    Ed25519PublicKey.from_public_bytes(log[newest.number].keys[0]).verify(excerpt.newest.signature, newest.raw)
    if old: check_path(old.hash, numbers.get(old.hash, 0), old.path, newest)
    for commit in excerpt.commits:
        header = read("CommitHeader", commit.header) if commit.header else newest
        check_path(header.digest, header.number, commit.path, newest)
        need(commit.header != newest.raw and header.number > last, "commits are out of order, or repeat the newest.")
        last, own, entries = header.number, log[header.number].entries, commit.entries
        at = [entry.position - header.first_position for entry in entries]
        need(at and at == sorted({*at} & {*range(len(own))}), f"entries of commit {last} are none, or out of order.")
        found = [check_entry(it.position, it.saga, it.kept_hash, it.shown, it.content) for it in entries]
        top = climb({index: entry.leaf for index, entry in zip(at, found)}, len(own), commit.proof)
        need(top == header.merkle_root, f"the proof of commit {last} does not lead to its merkle_root.")
        need(all(own[index].same == entry.same for index, entry in zip(at, found)), "an entry is not the journal's.")
        shown += found
    need(len({entry.peer for entry in shown}) == 1 and shown[0].peer, "its entries are not all for one peer.")
    need(len(data) <= (64 if len(shown) > 1 else 112) << 10, "it is too long.")
    for entry in shown: say(entry.line)
    return log

kind, *files = [argument for argument in sys.argv[1:] if argument != "--quiet"] or [""]
run = {"journal1": check_journal, "excerpt2": check_excerpt}.get(f"{kind}{len(files)}") or sys.exit(print(__doc__) or 2)
try: log = run(print if "--quiet" not in sys.argv else lambda *line: None, *(open(it, "rb").read() for it in files))
except OSError as error: sys.exit(print(error, file=sys.stderr) or 2)
except (Fault, InvalidSignature, ValueError, OverflowError) as fault:
    plain = {InvalidSignature: "the signature is not by the log's key.", UnicodeDecodeError: "a text is not UTF-8."}
    sys.exit(f"{Fault.where}: {plain.get(type(fault), fault)}")
print(f"The {kind} of {log[1].header.node} is right to commit {len(log) - 1}; the first key is {log[1].keys[0].hex()}.")
