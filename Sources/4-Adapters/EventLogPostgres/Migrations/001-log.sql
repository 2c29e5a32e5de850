-- A node's event log, in the schema that stands first in the search path. Rows of "commit" are
-- written once and never touched again; what the triggers refuse is refused to everybody, the owner
-- included. ENABLE ALWAYS: also where session_replication_role would skip triggers.

CREATE TABLE schema_version (
    id      int2 PRIMARY KEY CHECK (id = 1),
    version int4 NOT NULL
);
INSERT INTO schema_version VALUES (1, 1);

-- Where the log ends and whose it is: one row.
CREATE TABLE head (
    id          int2  PRIMARY KEY CHECK (id = 1),
    position    int8  NOT NULL CHECK (position >= 0),
    commit_hash bytea NOT NULL CHECK (length(commit_hash) = 32),
    epoch       int8  NOT NULL CHECK (epoch >= 0)
) WITH (fillfactor = 10);
INSERT INTO head VALUES (1, 0, decode(repeat('00', 32), 'hex'), 0);

CREATE TABLE "commit" (
    last_position  int8  PRIMARY KEY,
    first_position int8  NOT NULL UNIQUE CHECK (first_position BETWEEN 1 AND last_position),
    header         bytea NOT NULL,
    signature      bytea NOT NULL CHECK (length(signature) = 64),
    -- The entries, one after the other, and the cursors: journal.proto says how.
    body           bytea NOT NULL
);
-- Bodies are compressed with lz4 where the server has it, and not at all where it has only
-- PostgreSQL's own compression.
DO $$ BEGIN
    ALTER TABLE "commit" ALTER COLUMN body SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    ALTER TABLE "commit" ALTER COLUMN body SET STORAGE EXTERNAL;
END $$;

-- Where the entries of a saga stand: an index of the log, which could be made of it again.
CREATE TABLE saga_entry (
    saga     uuid NOT NULL,
    position int8 NOT NULL,
    PRIMARY KEY (saga, position)
);

CREATE TABLE snapshot (
    position    int8  PRIMARY KEY,
    commit_hash bytea NOT NULL CHECK (length(commit_hash) = 32),
    history     bytea NOT NULL,
    state       bytea NOT NULL,
    signature   bytea NOT NULL CHECK (length(signature) = 64)
);

-- How often holders of the writer's lease have said that they go on. Unlogged: a beat costs no fsync,
-- and a crash may take the count away.
CREATE UNLOGGED TABLE heartbeat (
    id    int2 PRIMARY KEY CHECK (id = 1),
    beats int8 NOT NULL
) WITH (fillfactor = 10);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME;
END $$;

CREATE FUNCTION refuse_going_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.position < OLD.position OR NEW.epoch < OLD.epoch
        OR (NEW.position = OLD.position AND NEW.commit_hash <> OLD.commit_hash)
    THEN
        RAISE EXCEPTION 'the head never goes back';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER commits_are_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON "commit"
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER saga_entries_are_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON saga_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER head_is_never_deleted BEFORE DELETE OR TRUNCATE ON head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER head_never_goes_back BEFORE UPDATE ON head
    FOR EACH ROW EXECUTE FUNCTION refuse_going_back();

ALTER TABLE "commit" ENABLE ALWAYS TRIGGER commits_are_never_changed;
ALTER TABLE saga_entry ENABLE ALWAYS TRIGGER saga_entries_are_never_changed;
ALTER TABLE head ENABLE ALWAYS TRIGGER head_is_never_deleted;
ALTER TABLE head ENABLE ALWAYS TRIGGER head_never_goes_back;

-- The log is dense: a commit stands right behind the one before it, and ends where the head is.
-- Checked once for a statement, however many rows it has: an append is one statement, and the
-- trigger fires at its end. Logical replication, which hands the tables over one by one, fires no
-- triggers of statements.
--
-- The function looks where the log is, whatever the search path of those who write; and by index,
-- since a session that planned it while the tables were empty would read all of them later on.

CREATE FUNCTION refuse_misplaced_commits() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT SET enable_seqscan = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added WHERE
            first_position <> 1 + coalesce(
                (SELECT max(last_position) FROM "commit" c
                    WHERE c.last_position < added.last_position), 0)
            OR last_position <> (SELECT position FROM head WHERE id = 1))
    THEN
        RAISE EXCEPTION 'a commit stands right behind the one before it';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER commits_are_dense AFTER INSERT ON "commit" REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_misplaced_commits();

ALTER TABLE "commit" ENABLE ALWAYS TRIGGER commits_are_dense;
