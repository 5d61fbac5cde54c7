-- People, what they may be, and what they agreed to.

CREATE TABLE terms_version (
  version    integer PRIMARY KEY CHECK (version > 0),
  in_force   timestamptz NOT NULL
);
INSERT INTO terms_version (version, in_force) VALUES (1, '2026-01-01T00:00:00Z');

CREATE TABLE account (
  id             uuid PRIMARY KEY,
  email          text NOT NULL CHECK (email <> ''),
  -- The address in lower case: who this is (P1). The unique index serves the look-up at login.
  email_key      text NOT NULL CONSTRAINT account_email_key UNIQUE,
  -- What stands behind the @, for "your colleagues have accounts here" (one look-up per login mail not sent).
  email_domain   text NOT NULL GENERATED ALWAYS AS (split_part(email_key, '@', 2)) STORED,
  first_name     text NOT NULL,
  last_name      text NOT NULL,
  function       text NOT NULL DEFAULT '',
  phone          text NOT NULL DEFAULT '',
  shared         boolean NOT NULL DEFAULT false,  -- P3
  active         boolean NOT NULL DEFAULT true,
  administrator  boolean NOT NULL DEFAULT false,
  expert         boolean NOT NULL DEFAULT false,
  observer       boolean NOT NULL DEFAULT false,
  accepted_terms integer NOT NULL DEFAULT 0,      -- 0: none; the history is terms_acceptance
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_login_at  timestamptz
);
CREATE INDEX account_by_domain ON account (email_domain) WHERE active;
-- The few accounts with a role of their own, to be told of late requests (P42).
CREATE INDEX account_with_role ON account (id) WHERE administrator OR expert OR observer;

-- What an observer sees figures of (P81).
CREATE TABLE observed_organisation (
  user_id         uuid NOT NULL REFERENCES account ON DELETE CASCADE,
  organisation_id text NOT NULL REFERENCES organisation,
  PRIMARY KEY (user_id, organisation_id)
);
CREATE TABLE observed_area (
  user_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
  area_id text NOT NULL REFERENCES area,
  PRIMARY KEY (user_id, area_id)
);

CREATE TABLE membership (
  user_id    uuid NOT NULL REFERENCES account ON DELETE CASCADE,
  group_id   uuid NOT NULL REFERENCES user_group ON DELETE CASCADE,
  helper     boolean NOT NULL,
  instructor boolean NOT NULL,
  manager    boolean NOT NULL,
  since      timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (user_id, group_id),
  CHECK (helper OR instructor OR manager)
);
CREATE INDEX membership_by_group ON membership (group_id, user_id);
-- Whether a group can be picked: one active instructor is enough (P5).
CREATE INDEX membership_instructors ON membership (group_id, user_id) WHERE instructor;

CREATE TABLE terms_acceptance (
  user_id     uuid NOT NULL REFERENCES account ON DELETE CASCADE,
  version     integer NOT NULL REFERENCES terms_version,
  accepted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (user_id, version)
);

GRANT SELECT ON terms_version TO :app_role;
GRANT SELECT, INSERT, UPDATE ON account TO :app_role;
GRANT SELECT, INSERT, UPDATE, DELETE ON membership TO :app_role;
GRANT SELECT, INSERT, DELETE ON observed_organisation, observed_area TO :app_role;
GRANT SELECT, INSERT ON terms_acceptance TO :app_role;

-- A group as others see it, without its people; the one place that says what makes it one that can be picked.
CREATE VIEW group_card AS
SELECT g.id,
       g.name,
       g.organisation_id,
       o.side,
       ARRAY(SELECT ga.area_id
               FROM group_area ga
              WHERE ga.group_id = g.id
              ORDER BY ga.area_id) AS area_ids,
       g.notice,
       EXISTS (SELECT
                 FROM membership m
                 JOIN account a ON a.id = m.user_id AND a.active
                WHERE m.group_id = g.id
                  AND m.instructor) AS addressable,
       g.sort_key,
       o.short_name AS organisation_short_name,
       o.entitled
  FROM user_group g
  JOIN organisation o ON o.id = g.organisation_id;

GRANT SELECT ON group_card TO :app_role;
