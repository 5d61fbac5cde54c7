-- Search in names agrees with FoldForSearch (libs/base/text.h) for every letter, and a table of people that is looked
-- at twice is kept once.

-- Marks go before case, and once more after it, as FoldForSearch does; ICU's lower case, so that it does not depend on
-- the database's locale. Then the letters that Unicode does not decompose. A test holds both against each other.
CREATE OR REPLACE FUNCTION folded(value text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN replace(replace(replace(
           translate(
             regexp_replace(
               normalize(
                 lower(regexp_replace(normalize(value, NFKD),
                                      '[\u00AD\u0300-\u036F\u061C\u180B-\u180F\u1AB0-\u1AFF\u1DC0-\u1DFF\u200B-\u200F\u202A-\u202E\u2060-\u206F\u20D0-\u20FF\uFE00-\uFE0F\uFE20-\uFE2F\uFEFF]',
                                      '', 'g') COLLATE "und-x-icu"),
                 NFKD),
               '[\u0300-\u036F]', '', 'g'),
             'øłđıς', 'oldiσ'),
           'œ', 'oe'), 'æ', 'ae'), 'ß', 'ss');

-- The stored keys are made again by it.
UPDATE account SET last_name = last_name;

-- What makes two tables the same table: its people, as they were read. Not kept once it has been applied.
ALTER TABLE account_import ADD COLUMN digest bytea;
CREATE UNIQUE INDEX account_import_looked_at ON account_import (author_id, group_id, digest) WHERE state = 1;
