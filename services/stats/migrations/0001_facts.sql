-- Figures without personal data (P80–P82): one row per request with what its events said, nothing else. All of it
-- can be deleted and built anew from the event logs, with the same result: rows depend on the order within one log
-- only, never on how two logs interleave.

-- States, reasons and usefulness are numbered as in protos/aplus/requests/v1/types.proto.
CREATE TABLE request_fact (
  request_id           uuid        PRIMARY KEY,
  created_at           timestamptz NOT NULL,
  area_id              text        NOT NULL,
  creator_group_id     uuid        NOT NULL,
  state                smallint    NOT NULL CHECK (state BETWEEN 1 AND 4),
  -- P40; working time by the area's calendar (P41), in microseconds.
  first_answer_at      timestamptz,
  first_answer_working bigint,
  -- The latest passage to processed; NULL while the request is back in progress (P80).
  processed_at         timestamptz,
  processed_working    bigint,
  closed_at            timestamptz,
  close_reason         smallint    CHECK (close_reason BETWEEN 1 AND 5),
  usefulness           smallint    CHECK (usefulness BETWEEN 1 AND 3),
  -- Those visible to all: a private message changes no figure (P28).
  messages             integer     NOT NULL DEFAULT 0,
  late                 boolean     NOT NULL DEFAULT false,  -- has been late
  standard_procedure   boolean     NOT NULL DEFAULT false   -- not relevant (P29)
);
CREATE INDEX request_fact_by_time ON request_fact (created_at);
CREATE INDEX request_fact_by_area ON request_fact (area_id, created_at);

-- The groups of a request, both sides: the creator's and every one that was ever addressed.
CREATE TABLE request_group (
  request_id uuid        NOT NULL REFERENCES request_fact ON DELETE CASCADE,
  group_id   uuid        NOT NULL,
  created_at timestamptz NOT NULL,  -- of the request: a group's period is one range of the index
  PRIMARY KEY (request_id, group_id)
);
CREATE INDEX request_group_by_group ON request_group (group_id, created_at, request_id);

CREATE TABLE group_fact (
  group_id        uuid    PRIMARY KEY,
  organisation_id text    NOT NULL,
  helper_side     boolean NOT NULL,
  area_ids        text[]  NOT NULL
);
CREATE INDEX group_fact_by_organisation ON group_fact (organisation_id, group_id);

-- Who belongs where, to count active users by group: ids only.
CREATE TABLE membership_fact (
  user_id  uuid NOT NULL,
  group_id uuid NOT NULL,
  PRIMARY KEY (user_id, group_id)
);

-- Who was there on a day of Paris, for which group; the nil uuid for none.
CREATE TABLE active_day (
  day      date NOT NULL,
  user_id  uuid NOT NULL,
  group_id uuid NOT NULL,
  PRIMARY KEY (day, user_id, group_id)
);
CREATE INDEX active_day_by_group ON active_day (group_id, day, user_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON request_fact, request_group, group_fact, membership_fact, active_day TO :app_role;
