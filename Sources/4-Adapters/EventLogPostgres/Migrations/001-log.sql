-- A node's event log, in the schema that stands first in the search path. Rows of "commit" and
-- entry are written once and never touched again; what the triggers refuse is refused to everybody,
-- the owner included. ENABLE ALWAYS: also where session_replication_role would skip triggers.

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
    signature      bytea NOT NULL CHECK (length(signature) = 64)
);

CREATE TABLE entry (
    position int8  PRIMARY KEY CHECK (position >= 1),
    saga     uuid,
    payload  bytea NOT NULL
);

-- The stream of a saga, in order.
CREATE INDEX entry_saga ON entry (saga, position) WHERE saga IS NOT NULL;

CREATE TABLE snapshot (
    position    int8  PRIMARY KEY,
    commit_hash bytea NOT NULL CHECK (length(commit_hash) = 32),
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
CREATE TRIGGER entries_are_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER head_is_never_deleted BEFORE DELETE OR TRUNCATE ON head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER head_never_goes_back BEFORE UPDATE ON head
    FOR EACH ROW EXECUTE FUNCTION refuse_going_back();

ALTER TABLE "commit" ENABLE ALWAYS TRIGGER commits_are_never_changed;
ALTER TABLE entry ENABLE ALWAYS TRIGGER entries_are_never_changed;
ALTER TABLE head ENABLE ALWAYS TRIGGER head_is_never_deleted;
ALTER TABLE head ENABLE ALWAYS TRIGGER head_never_goes_back;
