-- The service's audit trail (libs/audit). Lines are inserted in the transaction of the act that they tell of; the
-- app role can neither change nor remove them.
CREATE TABLE audit_entry (
  id          uuid        PRIMARY KEY,
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
  request_id  text        NOT NULL
);
CREATE INDEX audit_entry_xid ON audit_entry (xid, seq);
CREATE INDEX audit_entry_at ON audit_entry (at, id);
CREATE INDEX audit_entry_actor ON audit_entry (actor, at, id) WHERE actor IS NOT NULL;
CREATE INDEX audit_entry_object ON audit_entry (object_id, at, id) WHERE object_id IS NOT NULL;

-- The chain: one row per committed line, inserted by the sealer and never changed.
CREATE TABLE audit_seal (
  position bigint PRIMARY KEY,
  audit_id uuid   NOT NULL UNIQUE REFERENCES audit_entry,
  hash     bytea  NOT NULL CHECK (octet_length(hash) = 32)
);

-- Signed heads; the copies outside this database are what proves that nothing was cut off.
CREATE TABLE audit_checkpoint (
  position  bigint      PRIMARY KEY,
  hash      bytea       NOT NULL CHECK (octet_length(hash) = 32),
  at        timestamptz NOT NULL,
  key_id    text        NOT NULL,
  signature bytea       NOT NULL CHECK (octet_length(signature) = 64)
);

-- The oldest transaction that may still bring lines: where to look from, no evidence of anything.
CREATE TABLE audit_sealer (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  low_xid  xid8    NOT NULL
);
INSERT INTO audit_sealer (low_xid) VALUES ('0');

-- Signed heads of what was forgotten after its year (P53): the chain is verified from the last of them on.
CREATE TABLE audit_base (
  position  bigint      PRIMARY KEY,
  hash      bytea       NOT NULL CHECK (octet_length(hash) = 32),
  at        timestamptz NOT NULL,
  key_id    text        NOT NULL,
  signature bytea       NOT NULL CHECK (octet_length(signature) = 64)
);

-- Deletes at most `most` lines up to the last base, oldest first; answers how many. Stops, whatever the base says,
-- at a line that is younger than a year: the app role may call this, but nothing else may delete.
CREATE FUNCTION audit_forget(most integer) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
  until bigint;
  ids   uuid[];
BEGIN
  SELECT max(position) INTO until FROM audit_base;
  SELECT array_agg(e.id) INTO ids
    FROM (SELECT audit_id
            FROM audit_seal
           WHERE position <= until
           ORDER BY position
           LIMIT most) AS s
    JOIN audit_entry AS e ON e.id = s.audit_id AND e.at < clock_timestamp() - interval '1 year';
  DELETE FROM audit_seal WHERE audit_id = ANY (ids);
  DELETE FROM audit_entry WHERE id = ANY (ids);
  RETURN COALESCE(cardinality(ids), 0);
END $$;
REVOKE ALL ON FUNCTION audit_forget(integer) FROM PUBLIC;

GRANT SELECT, INSERT ON audit_entry, audit_seal, audit_checkpoint, audit_base TO :app_role;
GRANT SELECT, UPDATE ON audit_sealer TO :app_role;
GRANT EXECUTE ON FUNCTION audit_forget(integer) TO :app_role;
