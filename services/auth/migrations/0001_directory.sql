-- Where aplus works and for whom: areas, themes, organisations, groups (P8). No person stands in here.

CREATE TABLE area (
  id        text PRIMARY KEY CHECK (id ~ '^(0[1-9]|1[0-9]|2[1-9AB]|[3-8][0-9]|9[0-5]|97[1-46])$'),  -- INSEE
  name      text NOT NULL CHECK (name <> ''),
  time_zone text NOT NULL CHECK (time_zone <> ''),
  holidays  text NOT NULL CHECK (holidays IN ('national', 'alsace_moselle', 'guadeloupe', 'martinique', 'guyane',
                                              'reunion', 'mayotte'))
);

CREATE TABLE theme (
  id                 text PRIMARY KEY CHECK (id ~ '^[a-z0-9-]{1,64}$'),
  name               text NOT NULL CHECK (name <> ''),
  suggested_subjects text[] NOT NULL DEFAULT '{}',
  position           smallint NOT NULL  -- order on the screen
);

CREATE TABLE organisation (
  id         text PRIMARY KEY CHECK (id ~ '^[a-z0-9-]{1,64}$'),
  short_name text NOT NULL CHECK (short_name <> ''),
  full_name  text NOT NULL CHECK (full_name <> ''),
  side       text NOT NULL CHECK (side IN ('helper', 'instructor')),
  notice     text NOT NULL DEFAULT '',
  -- Identifiers of a citizen that it may ask for and see (P22).
  entitled   text[] NOT NULL DEFAULT '{}' CHECK (entitled <@ '{nir,tax_number,caf_number}'),
  -- The name folded (case and accents gone): lists are sorted by it.
  sort_key   text NOT NULL
);

CREATE TABLE organisation_theme (
  organisation_id text NOT NULL REFERENCES organisation,
  theme_id        text NOT NULL REFERENCES theme,
  PRIMARY KEY (organisation_id, theme_id)
);

-- "group" is a word of SQL's own.
CREATE TABLE user_group (
  id                     uuid PRIMARY KEY,
  organisation_id        text NOT NULL REFERENCES organisation,
  name                   text NOT NULL CHECK (name <> ''),
  mailbox                text NOT NULL DEFAULT '',  -- BAL; empty: none
  notice                 text NOT NULL DEFAULT '',
  france_services_number text NOT NULL DEFAULT '',
  sort_key               text NOT NULL,
  created_at             timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT user_group_name UNIQUE (organisation_id, name)
);
-- The list of groups goes by name, page after page.
CREATE INDEX user_group_by_name ON user_group (sort_key, id);

CREATE TABLE group_area (
  group_id uuid NOT NULL REFERENCES user_group ON DELETE CASCADE,
  area_id  text NOT NULL REFERENCES area,
  PRIMARY KEY (group_id, area_id)
);
CREATE INDEX group_area_by_area ON group_area (area_id, group_id);

GRANT SELECT, INSERT, UPDATE ON area, theme, organisation, user_group TO :app_role;
GRANT SELECT, INSERT, DELETE ON organisation_theme, group_area TO :app_role;
