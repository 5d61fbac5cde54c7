-- The service's event log (libs/events). Rows are inserted in the writer's transaction and never changed.
CREATE TABLE event (
  id        uuid        PRIMARY KEY,
  -- Order of insertion. Not the order of commits: that is event_position.
  seq       bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
  -- The transaction that wrote it: what the relay has not looked at yet is found by it.
  xid       xid8        NOT NULL DEFAULT pg_current_xact_id(),
  at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  kind      text        NOT NULL,
  payload   bytea       NOT NULL,
  group_ids uuid[]      NOT NULL,
  user_ids  uuid[]      NOT NULL,
  lane      smallint    NOT NULL CHECK (lane IN (1, 2))
);
CREATE INDEX event_xid ON event (xid, seq);

-- 1, 2, 3 … in an order that never changes; given by the relay once the event is committed.
CREATE TABLE event_position (
  position bigint PRIMARY KEY,
  event_id uuid   NOT NULL UNIQUE REFERENCES event
);

-- Where the relay stands: the last position given, and the oldest transaction that may still bring events.
CREATE TABLE event_relay (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  position bigint  NOT NULL,
  low_xid  xid8    NOT NULL
);
INSERT INTO event_relay (position, low_xid) VALUES (0, '0');

GRANT SELECT, INSERT ON event, event_position TO :app_role;
GRANT SELECT, UPDATE ON event_relay TO :app_role;
