-- What this service has handled of other services' events. The cursor moves in the transaction of the effect.
CREATE TABLE event_cursor (
  consumer         text        PRIMARY KEY,
  position         bigint      NOT NULL DEFAULT 0,
  -- The event that is being tried alone, and how often it was begun.
  failing_position bigint,
  tries            integer     NOT NULL DEFAULT 0,
  moved_at         timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Events that could not be handled after ten tries: kept, shown, raised, handled again when somebody asks.
CREATE TABLE event_parked (
  consumer  text        NOT NULL,
  position  bigint      NOT NULL,
  event     bytea       NOT NULL,  -- aplus.events.v1.EventRecord
  tries     integer     NOT NULL,
  reason    text        NOT NULL,
  parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (consumer, position)
);

GRANT SELECT, INSERT, UPDATE ON event_cursor TO :app_role;
GRANT SELECT, INSERT, DELETE ON event_parked TO :app_role;
