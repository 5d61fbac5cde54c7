-- What the helper side says about an answer's usefulness (P31), for the statistics team. It is checked to name nobody
-- before it comes here, stands apart from the request's contents, which nobody but its participants reads, and goes
-- with them all the same.
CREATE TABLE usefulness_comment (
  request_id uuid        PRIMARY KEY REFERENCES request,
  at         timestamptz NOT NULL,
  text       text        NOT NULL
);
CREATE INDEX usefulness_comment_by_time ON usefulness_comment (at DESC, request_id DESC);

GRANT SELECT, INSERT, UPDATE, DELETE ON usefulness_comment TO :app_role;
