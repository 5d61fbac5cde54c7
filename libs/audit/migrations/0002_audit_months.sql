-- A partition a month for the lines, made ahead by the sealer (libs/audit/sealer.h): a year's deletions then empty
-- whole tables, which are dropped, instead of thinning out one that only grows. What no month was made for goes into
-- audit_entry_rest: a line never fails because a job did not run.

-- A key into a partitioned table would need the line's time beside its id, and would make dropping a month a check of
-- every seal. A seal without its line is what the verifier is for.
ALTER TABLE audit_seal DROP CONSTRAINT audit_seal_audit_id_fkey;

ALTER TABLE audit_entry RENAME TO audit_entry_before;
ALTER TABLE audit_entry_before DROP CONSTRAINT audit_entry_pkey;
DROP INDEX audit_entry_xid, audit_entry_at, audit_entry_actor, audit_entry_object;
ALTER SEQUENCE audit_entry_seq_seq RENAME TO audit_entry_before_seq_seq;

CREATE TABLE audit_entry (
  id          uuid        NOT NULL,
  -- Order of insertion; the chain's order is that of audit_seal.
  seq         bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
  -- The transaction that wrote it: what the sealer has not looked at yet is found by it.
  xid         xid8        NOT NULL DEFAULT pg_current_xact_id(),
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor_kind  smallint    NOT NULL CHECK (actor_kind BETWEEN 0 AND 4),
  actor       uuid,
  signed_by   text        NOT NULL,
  session     text        NOT NULL,
  address     text        NOT NULL,
  operation   text        NOT NULL,
  object_kind text        NOT NULL,
  object_id   uuid,
  outcome     smallint    NOT NULL CHECK (outcome IN (0, 1)),
  reason      text        NOT NULL,
  policy      integer     NOT NULL,
  request_id  text        NOT NULL,
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX audit_entry_xid ON audit_entry (xid, seq);
CREATE INDEX audit_entry_at ON audit_entry (at, id);
CREATE INDEX audit_entry_actor ON audit_entry (actor, at, id) WHERE actor IS NOT NULL;
CREATE INDEX audit_entry_object ON audit_entry (object_id, at, id) WHERE object_id IS NOT NULL;
CREATE TABLE audit_entry_rest PARTITION OF audit_entry DEFAULT;

-- Makes the partition of the month (UTC) that begins on `first`, unless it is there; lines that fell into the rest
-- meanwhile move over. Writers go on, unless their month has begun or has lines already: they wait for this transaction
-- then, since one that had been sent to the rest before would be refused there.
CREATE FUNCTION audit_make_month(first date) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
  month text := 'audit_entry_' || to_char(first, 'YYYYMM');
  since timestamptz := first;
  until timestamptz := first + interval '1 month';
BEGIN
  IF to_regclass(month) IS NOT NULL THEN
    RETURN false;
  END IF;
  -- One maker at a time, before anything else is locked: two that looked into the rest first would wait for each other.
  LOCK TABLE ONLY audit_entry IN SHARE UPDATE EXCLUSIVE MODE;
  IF to_regclass(month) IS NOT NULL THEN
    RETURN false;
  END IF;
  IF since <= clock_timestamp() OR EXISTS (SELECT FROM audit_entry_rest WHERE at >= since AND at < until) THEN
    LOCK TABLE ONLY audit_entry IN ACCESS EXCLUSIVE MODE;
  END IF;
  LOCK TABLE audit_entry_rest IN ACCESS EXCLUSIVE MODE;
  EXECUTE format('CREATE TABLE %I (LIKE audit_entry INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', month);
  EXECUTE format('WITH moved AS (DELETE FROM audit_entry_rest WHERE at >= %L AND at < %L RETURNING *)
                  INSERT INTO %I SELECT * FROM moved', since, until, month);
  EXECUTE format('ALTER TABLE audit_entry ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', month, since, until);
  RETURN true;
END $$;
REVOKE ALL ON FUNCTION audit_make_month(date) FROM PUBLIC;

-- This month and the `ahead` that follow; answers how many it made. The app role may call it, as it may not create.
-- Whoever holds a lock on the trail makes it give up after a fifth of a second, for the next round: writers that queue
-- behind it wait half a second for a lock at most (libs/postgres/database.h).
CREATE FUNCTION audit_prepare_months(ahead integer) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' SET lock_timeout = '200ms'
AS $$
DECLARE
  made integer := 0;
BEGIN
  FOR number IN 0 .. least(greatest(ahead, 0), 24) LOOP
    IF audit_make_month((date_trunc('month', clock_timestamp()) + number * interval '1 month')::date) THEN
      made := made + 1;
    END IF;
  END LOOP;
  RETURN made;
END $$;
REVOKE ALL ON FUNCTION audit_prepare_months(integer) FROM PUBLIC;

-- Drops the months that ended more than a year ago and hold no line any more; answers how many. Takes a lock on the
-- whole trail for a moment, and gives up likewise.
CREATE FUNCTION audit_drop_months() RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' SET lock_timeout = '200ms'
AS $$
DECLARE
  month   text;
  filled  boolean;
  dropped integer := 0;
BEGIN
  FOR month IN
    SELECT c.relname
      FROM pg_inherits AS i
      JOIN pg_class AS c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'audit_entry'::regclass
       AND c.relname ~ '^audit_entry_[0-9]{6}$'
       AND c.relname < 'audit_entry_' || to_char(clock_timestamp() - interval '1 year', 'YYYYMM')
     ORDER BY c.relname
  LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', month) INTO filled;
    CONTINUE WHEN filled;
    LOCK TABLE ONLY audit_entry IN ACCESS EXCLUSIVE MODE;
    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', month);
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', month) INTO filled;
    CONTINUE WHEN filled;
    EXECUTE format('DROP TABLE %I', month);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END $$;
REVOKE ALL ON FUNCTION audit_drop_months() FROM PUBLIC;

-- The lines so far, each into its month.
DO $$
DECLARE
  first date;
BEGIN
  FOR first IN SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC')::date FROM audit_entry_before LOOP
    PERFORM audit_make_month(first);
  END LOOP;
END $$;
INSERT INTO audit_entry OVERRIDING SYSTEM VALUE
SELECT id, seq, xid, at, actor_kind, actor, signed_by, session, address, operation, object_kind, object_id, outcome,
       reason, policy, request_id
  FROM audit_entry_before;
SELECT setval(pg_get_serial_sequence('audit_entry', 'seq'), COALESCE((SELECT max(seq) FROM audit_entry_before), 0) + 1);
DROP TABLE audit_entry_before;
SELECT audit_prepare_months(3);

-- Through the parent only: nobody but the owner reaches a month by its own name.
GRANT SELECT, INSERT ON audit_entry TO :app_role;
GRANT EXECUTE ON FUNCTION audit_prepare_months(integer), audit_drop_months() TO :app_role;
