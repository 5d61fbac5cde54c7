-- What became of the mails, for those who may know it (P75).

-- A mail about something between instructors: nobody else learns what became of it (P28). Of the messages told so far
-- nobody knows which were.
ALTER TABLE mail ADD COLUMN instructors_only boolean NOT NULL DEFAULT false;
UPDATE mail SET instructors_only = true WHERE kind = 6;

-- What was sent to one person (P53), newest first.
CREATE INDEX mail_to_person ON mail (recipient_id, asked_at DESC) WHERE recipient_kind = 0;

-- Who is told that a group could not be reached: the helper side, as of the last event.
ALTER TABLE request_number ADD COLUMN helper_ids uuid[] NOT NULL DEFAULT '{}';

-- Groups of which nobody could be reached about a request, or that have no active member: said once.
CREATE TABLE unreached_group (
  request_id uuid        NOT NULL,
  group_id   uuid        NOT NULL,
  since      timestamptz NOT NULL DEFAULT clock_timestamp(),
  told_at    timestamptz,
  PRIMARY KEY (request_id, group_id)
);
CREATE INDEX unreached_group_untold ON unreached_group (since) WHERE told_at IS NULL;

-- The screen of what cannot be delivered, the latest failure first.
CREATE INDEX refused_recipient_by_time ON refused_recipient (last_at DESC, recipient_id DESC);

-- How members of a group hear of its requests who have not chosen for themselves (P72). Only what is not the default.
CREATE TABLE group_preference (
  group_id   uuid        PRIMARY KEY,
  frequency  smallint    NOT NULL CHECK (frequency BETWEEN 0 AND 1),
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

GRANT SELECT, INSERT, UPDATE, DELETE ON unreached_group, group_preference TO :app_role;
