-- Half-written messages (P33): as private as drafts of requests (0002), and gone with the request's key.
CREATE TABLE message_draft (
  request_id        uuid        NOT NULL REFERENCES request,
  author_id         uuid        NOT NULL,
  -- Part of the associated data of `body`, so that an old text cannot be put back.
  version           integer     NOT NULL,
  lane              smallint    NOT NULL CHECK (lane IN (1, 2)),
  body              bytea       NOT NULL,
  -- The last line of each lane when it was begun: what came after is news to its author.
  begun_all         integer     NOT NULL,
  begun_instructors integer     NOT NULL,
  updated_at        timestamptz NOT NULL,
  erase_at          timestamptz NOT NULL,
  PRIMARY KEY (request_id, author_id)
);
CREATE INDEX message_draft_erase_at ON message_draft (erase_at);

ALTER TABLE message_draft ENABLE ROW LEVEL SECURITY;
ALTER TABLE message_draft FORCE ROW LEVEL SECURITY;
-- Its author, while he takes part: who has left the request has left his words there too.
CREATE POLICY author ON message_draft
  USING (
    author_id = (SELECT aplus_user_id())
    AND COALESCE((SELECT true
                    FROM request_content AS c
                   WHERE c.request_id = message_draft.request_id), false));
CREATE POLICY jobs_read ON message_draft FOR SELECT USING ((SELECT aplus_lane()) = 'system');
CREATE POLICY jobs_erase ON message_draft FOR DELETE USING ((SELECT aplus_lane()) = 'system');

GRANT SELECT, INSERT, UPDATE, DELETE ON message_draft TO :app_role;
