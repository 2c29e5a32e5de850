-- A node's event log. Rows of "commit" are written once and never touched again; what the triggers
-- refuse is refused to everybody, this program included.

-- 'giro' in ASCII: tells an event log from any other SQLite file.
PRAGMA application_id = 1734963823;

-- Where the log ends and whose it is: one row.
CREATE TABLE head (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    position    INTEGER NOT NULL CHECK (position >= 0),
    commit_hash BLOB    NOT NULL CHECK (length(commit_hash) = 32),
    epoch       INTEGER NOT NULL CHECK (epoch >= 0)
) STRICT;

INSERT INTO head (id, position, commit_hash, epoch) VALUES (1, 0, zeroblob(32), 0);

CREATE TABLE "commit" (
    last_position  INTEGER PRIMARY KEY,
    first_position INTEGER NOT NULL CHECK (first_position BETWEEN 1 AND last_position),
    header         BLOB    NOT NULL,
    signature      BLOB    NOT NULL CHECK (length(signature) = 64),
    -- The entries, one after the other, and the cursors: journal.proto says how.
    body           BLOB    NOT NULL
) STRICT;

-- Where the entries of a saga stand: an index of the log, which could be made of it again.
CREATE TABLE saga_entry (
    saga     BLOB    NOT NULL CHECK (length(saga) = 16),
    position INTEGER NOT NULL,
    PRIMARY KEY (saga, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshot (
    position    INTEGER PRIMARY KEY,
    commit_hash BLOB NOT NULL CHECK (length(commit_hash) = 32),
    history     BLOB NOT NULL,
    state       BLOB NOT NULL,
    signature   BLOB NOT NULL CHECK (length(signature) = 64)
) STRICT;

CREATE TRIGGER head_never_goes_back BEFORE UPDATE ON head
WHEN NEW.position < OLD.position OR NEW.epoch < OLD.epoch
BEGIN
    SELECT RAISE(ABORT, 'the head never goes back');
END;

CREATE TRIGGER head_is_never_deleted BEFORE DELETE ON head
BEGIN
    SELECT RAISE(ABORT, 'the head is never deleted');
END;

-- Also refuses INSERT OR REPLACE, which deletes without firing a DELETE trigger.
CREATE TRIGGER head_is_one_row BEFORE INSERT ON head
BEGIN
    SELECT RAISE(ABORT, 'the head is one row');
END;

CREATE TRIGGER commits_are_never_changed BEFORE UPDATE ON "commit"
BEGIN
    SELECT RAISE(ABORT, 'commits are never changed');
END;

CREATE TRIGGER commits_are_never_deleted BEFORE DELETE ON "commit"
BEGIN
    SELECT RAISE(ABORT, 'commits are never deleted');
END;

CREATE TRIGGER commits_are_dense BEFORE INSERT ON "commit"
WHEN NEW.first_position IS NOT (SELECT coalesce(max(last_position), 0) + 1 FROM "commit")
BEGIN
    SELECT RAISE(ABORT, 'a commit begins where the log ends');
END;

CREATE TRIGGER saga_entries_are_never_changed BEFORE UPDATE ON saga_entry
BEGIN
    SELECT RAISE(ABORT, 'saga entries are never changed');
END;

CREATE TRIGGER saga_entries_are_never_deleted BEFORE DELETE ON saga_entry
BEGIN
    SELECT RAISE(ABORT, 'saga entries are never deleted');
END;
