-- The log is dense: a commit, with all its entries, stands right behind the one before it, and the
-- three tables end at one place. Checked once for a statement, however many rows it has: an append
-- is one statement, and the triggers fire at its end. Logical replication, which hands the tables
-- over one by one, fires no triggers of statements.
--
-- The functions look where the log is, whatever the search path of those who write; and by index,
-- since a session that planned them while the tables were empty would read all of them later on.

CREATE FUNCTION refuse_misplaced_commits() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT SET enable_seqscan = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added WHERE
            first_position <> 1 + coalesce(
                (SELECT max(last_position) FROM "commit" c
                    WHERE c.last_position < added.last_position), 0)
            OR last_position <> (SELECT position FROM head WHERE id = 1)
            OR last_position - first_position + 1 <> (
                SELECT count(*) FROM entry
                WHERE position BETWEEN added.first_position AND added.last_position))
    THEN
        RAISE EXCEPTION 'a commit stands right behind the one before it, with all its entries';
    END IF;
    RETURN NULL;
END $$;

-- Entries beyond the newest commit; the others are counted with their commit.
CREATE FUNCTION refuse_misplaced_entries() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT SET enable_seqscan = off AS $$
BEGIN
    IF (SELECT max(position) FROM entry) IS DISTINCT FROM
        (SELECT max(last_position) FROM "commit")
    THEN
        RAISE EXCEPTION 'an entry, with its commit, stands right behind the one before it';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER commits_are_dense AFTER INSERT ON "commit" REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_misplaced_commits();
CREATE TRIGGER entries_are_dense AFTER INSERT ON entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_misplaced_entries();

ALTER TABLE "commit" ENABLE ALWAYS TRIGGER commits_are_dense;
ALTER TABLE entry ENABLE ALWAYS TRIGGER entries_are_dense;

UPDATE schema_version SET version = 2 WHERE id = 1;
