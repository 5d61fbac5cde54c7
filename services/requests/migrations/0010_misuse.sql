-- Reports of misuse (P7): who reports what kind on which request. No words: those could hold what administrators
-- must not see.
CREATE TABLE misuse_report (
  id          uuid        PRIMARY KEY,
  request_id  uuid        NOT NULL REFERENCES request,
  reporter_id uuid        NOT NULL,
  kind        smallint    NOT NULL CHECK (kind BETWEEN 1 AND 5),
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (request_id, reporter_id, kind)
);
CREATE INDEX misuse_report_newest ON misuse_report (at DESC, id DESC);

GRANT SELECT, INSERT, UPDATE ON misuse_report TO :app_role;
