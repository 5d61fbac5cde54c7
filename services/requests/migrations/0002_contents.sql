-- Contents: everything personal on a request, sealed field by field under the request's own key before it
-- comes here (SECURITY 2.6). Row-level security is the third net, under the methods' rules and `Decide`: even
-- a forgotten check shows a row to participants only, and a private one to the instructor side only (P26, P28).
--
-- aplus_user_id(), aplus_group_ids() and aplus_lane() say in whose name a statement runs; the groups are those
-- in which he holds the instructor role. Sub-selects make the planner ask each of them once per statement.

CREATE TABLE request_content (
  request_id    uuid  PRIMARY KEY REFERENCES request,
  subject       bytea NOT NULL,
  description   bytea NOT NULL,
  citizen       bytea NOT NULL,
  signed_by     bytea,
  close_comment bytea,
  -- Part of the associated data of `citizen`, so that an old value cannot be put back.
  citizen_version integer NOT NULL DEFAULT 1
);

-- What the citizen's data was before a correction (P21).
CREATE TABLE citizen_history (
  request_id uuid        NOT NULL REFERENCES request,
  version    integer     NOT NULL,
  citizen    bytea       NOT NULL,
  entry_id   uuid        NOT NULL REFERENCES entry,
  PRIMARY KEY (request_id, version)
);

CREATE TABLE message_content (
  entry_id   uuid     PRIMARY KEY REFERENCES entry,
  request_id uuid     NOT NULL REFERENCES request,
  lane       smallint NOT NULL CHECK (lane IN (1, 2)),
  text       bytea,
  signed_by  bytea
);
CREATE INDEX message_content_request ON message_content (request_id);

CREATE TABLE file_content (
  file_id    uuid  PRIMARY KEY REFERENCES file ON DELETE CASCADE,
  request_id uuid  NOT NULL,
  name       bytea NOT NULL
);
CREATE INDEX file_content_request ON file_content (request_id);

CREATE TABLE draft_content (
  draft_id  uuid    PRIMARY KEY REFERENCES draft ON DELETE CASCADE,
  author_id uuid    NOT NULL,
  version   integer NOT NULL,
  body      bytea   NOT NULL
);

-- The blind index: per request (subject, citizen, number) and per message one row of keyed hashes of words, with
-- the principals who may read it among them, so that the index itself intersects rights and words. No row-level
-- security here: it would keep the planner from using the index (array operators are not leakproof), the rows
-- hold keyed hashes only, and rights are part of what is searched.
CREATE TABLE search_entry (
  id         uuid     PRIMARY KEY,  -- the entry's, or the request's
  request_id uuid     NOT NULL REFERENCES request,
  lane       smallint NOT NULL CHECK (lane IN (1, 2)),
  key_epoch  integer  NOT NULL,
  tokens     bigint[] NOT NULL
);
CREATE INDEX search_entry_request ON search_entry (request_id);
CREATE INDEX search_entry_epoch ON search_entry (key_epoch, id);
CREATE INDEX search_entry_tokens ON search_entry USING gin (tokens) WITH (fastupdate = off);

ALTER TABLE request_content ENABLE ROW LEVEL SECURITY;
ALTER TABLE request_content FORCE ROW LEVEL SECURITY;
ALTER TABLE citizen_history ENABLE ROW LEVEL SECURITY;
ALTER TABLE citizen_history FORCE ROW LEVEL SECURITY;
ALTER TABLE message_content ENABLE ROW LEVEL SECURITY;
ALTER TABLE message_content FORCE ROW LEVEL SECURITY;
ALTER TABLE file_content ENABLE ROW LEVEL SECURITY;
ALTER TABLE file_content FORCE ROW LEVEL SECURITY;
ALTER TABLE draft_content ENABLE ROW LEVEL SECURITY;
ALTER TABLE draft_content FORCE ROW LEVEL SECURITY;

-- Each question is asked row by row through an index: written as EXISTS, the planner might instead hash all requests
-- of the reader's groups for the sake of one row.

-- By name: creator and invited helpers always, experts while the request is open; by group: instructors.
CREATE POLICY participants ON request_content
  USING (
    COALESCE((SELECT true
                FROM participant AS p
               WHERE p.request_id = request_content.request_id
                 AND p.user_id = (SELECT aplus_user_id())
                 AND (p.kind < 3 OR (SELECT r.state < 4 FROM request AS r WHERE r.id = p.request_id))
               LIMIT 1), false)
    OR COALESCE((SELECT true
                   FROM addressed_group AS g
                  WHERE g.request_id = request_content.request_id
                    AND g.group_id = ANY ((SELECT aplus_group_ids())::uuid[])
                  LIMIT 1), false));

CREATE POLICY participants ON citizen_history
  USING (
    COALESCE((SELECT true
                FROM request_content AS c
               WHERE c.request_id = citizen_history.request_id), false));

-- A private line: instructors of an addressed group, unless they stand on the helper side as well.
CREATE POLICY participants ON message_content
  USING (
    CASE lane
      WHEN 1 THEN
        COALESCE((SELECT true
                    FROM request_content AS c
                   WHERE c.request_id = message_content.request_id), false)
      ELSE
        COALESCE((SELECT true
                    FROM addressed_group AS g
                   WHERE g.request_id = message_content.request_id
                     AND g.group_id = ANY ((SELECT aplus_group_ids())::uuid[])
                   LIMIT 1), false)
        AND COALESCE((SELECT false
                        FROM participant AS p
                       WHERE p.request_id = message_content.request_id
                         AND p.user_id = (SELECT aplus_user_id())
                         AND p.kind < 3
                       LIMIT 1), true)
    END);

-- Until it is sent, a file is its uploader's alone; then it is read like the message that carries it, but by
-- experts never (P63).
CREATE POLICY participants ON file_content
  USING (
    COALESCE((SELECT f.uploader_id = (SELECT aplus_user_id())
                     OR f.lane = 1
                        AND COALESCE((SELECT true
                                        FROM participant AS p
                                       WHERE p.request_id = f.request_id
                                         AND p.user_id = (SELECT aplus_user_id())
                                         AND p.kind < 3
                                       LIMIT 1), false)
                     OR f.lane IS NOT NULL
                        AND COALESCE((SELECT true
                                        FROM addressed_group AS g
                                       WHERE g.request_id = f.request_id
                                         AND g.group_id = ANY ((SELECT aplus_group_ids())::uuid[])
                                       LIMIT 1), false)
                        AND (f.lane = 1
                             OR COALESCE((SELECT false
                                            FROM participant AS p
                                           WHERE p.request_id = f.request_id
                                             AND p.user_id = (SELECT aplus_user_id())
                                             AND p.kind < 3
                                           LIMIT 1), true))
                FROM file AS f
               WHERE f.id = file_content.file_id), false));

CREATE POLICY author ON draft_content
  USING (author_id = (SELECT aplus_user_id()));

-- Jobs erase; to find what they erase they must see the row (sealed as it is).
CREATE POLICY jobs_read ON request_content FOR SELECT USING ((SELECT aplus_lane()) = 'system');
CREATE POLICY jobs_erase ON request_content FOR DELETE USING ((SELECT aplus_lane()) = 'system');
CREATE POLICY jobs_read ON citizen_history FOR SELECT USING ((SELECT aplus_lane()) = 'system');
CREATE POLICY jobs_erase ON citizen_history FOR DELETE USING ((SELECT aplus_lane()) = 'system');
CREATE POLICY jobs_read ON message_content FOR SELECT USING ((SELECT aplus_lane()) = 'system');
CREATE POLICY jobs_erase ON message_content FOR DELETE USING ((SELECT aplus_lane()) = 'system');
CREATE POLICY jobs_read ON file_content FOR SELECT USING ((SELECT aplus_lane()) = 'system');
CREATE POLICY jobs_erase ON file_content FOR DELETE USING ((SELECT aplus_lane()) = 'system');
CREATE POLICY jobs_read ON draft_content FOR SELECT USING ((SELECT aplus_lane()) = 'system');
CREATE POLICY jobs_erase ON draft_content FOR DELETE USING ((SELECT aplus_lane()) = 'system');

GRANT SELECT, INSERT, UPDATE, DELETE ON request_content, draft_content, search_entry TO :app_role;
GRANT SELECT, INSERT, DELETE ON citizen_history, message_content, file_content TO :app_role;
