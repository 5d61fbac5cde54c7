-- Looking after people and groups (P1–P8): who left, who is idle, who is excluded, imports, search.

-- A text as search compares it: lower case, accents gone. Both cases are listed, so that it does not depend on
-- the database's locale.
CREATE FUNCTION folded(value text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN replace(replace(
           translate(lower(value),
                     'àâäáãåçéèêëíìîïñóòôöõúùûüýÿÀÂÄÁÃÅÇÉÈÊËÍÌÎÏÑÓÒÔÖÕÚÙÛÜÝŸ',
                     'aaaaaaceeeeiiiinooooouuuuyyaaaaaaceeeeiiiinooooouuuuyy'),
           'œ', 'oe'), 'æ', 'ae');

ALTER TABLE account
  -- Inactivity counts from the last login or from here: creation, then each reactivation (P6).
  ADD COLUMN active_since         timestamptz NOT NULL DEFAULT clock_timestamp(),
  ADD COLUMN inactivity_warnings  smallint NOT NULL DEFAULT 0 CHECK (inactivity_warnings BETWEEN 0 AND 2),
  ADD COLUMN inactivity_warned_at timestamptz,
  ADD COLUMN deactivated_at       timestamptz,
  -- 0: not excluded; else why (ExclusionReason, P7).
  ADD COLUMN exclusion            smallint NOT NULL DEFAULT 0 CHECK (exclusion BETWEEN 0 AND 5),
  -- People are listed by name and found by any part of name and address.
  ADD COLUMN sort_key   text NOT NULL GENERATED ALWAYS AS (folded(last_name || ' ' || first_name)) STORED,
  ADD COLUMN search_key text NOT NULL
    GENERATED ALWAYS AS (folded(first_name || ' ' || last_name || ' ' || email_key)) STORED;
CREATE INDEX account_by_name ON account (sort_key, id);
CREATE INDEX account_by_activity ON account ((greatest(active_since, last_login_at))) WHERE active;

-- Who was taken out of a group, so that a manager can undo it (P4).
CREATE TABLE departure (
  group_id   uuid NOT NULL REFERENCES user_group ON DELETE CASCADE,
  user_id    uuid NOT NULL REFERENCES account ON DELETE CASCADE,
  helper     boolean NOT NULL,
  instructor boolean NOT NULL,
  manager    boolean NOT NULL,
  actor_id   uuid NOT NULL,  -- who took him out
  at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (group_id, user_id)
);
CREATE INDEX departure_by_time ON departure (at);
CREATE INDEX departure_by_user ON departure (user_id);

-- Tables of people, looked at, applied, undone (P4). What stands in a row is kept for a day before it is
-- applied, and as long as it can be undone afterwards.
CREATE TABLE account_import (
  id         uuid PRIMARY KEY,
  group_id   uuid NOT NULL REFERENCES user_group ON DELETE CASCADE,
  author_id  uuid NOT NULL REFERENCES account ON DELETE CASCADE,
  state      smallint NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 3),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  applied_at timestamptz,
  undone_at  timestamptz
);
CREATE INDEX account_import_by_time ON account_import (created_at);

CREATE TABLE account_import_row (
  import_id  uuid NOT NULL REFERENCES account_import ON DELETE CASCADE,
  line       integer NOT NULL,
  outcome    smallint NOT NULL CHECK (outcome BETWEEN 1 AND 11),
  wrong      text NOT NULL,  -- names of columns, separated by commas
  email      text NOT NULL,
  email_key  text NOT NULL,
  first_name text NOT NULL,
  last_name  text NOT NULL,
  function   text NOT NULL,
  phone      text NOT NULL,
  shared     boolean NOT NULL,
  roles      smallint NOT NULL,
  user_id    uuid NOT NULL,  -- the account, there already or to be made
  PRIMARY KEY (import_id, line)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON departure, account_import, account_import_row TO :app_role;
-- Undoing an import takes accounts away that nobody ever used.
GRANT DELETE ON account TO :app_role;
GRANT INSERT ON terms_version TO :app_role;
