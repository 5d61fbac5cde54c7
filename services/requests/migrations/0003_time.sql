-- What time does to a request that nobody acts on: ends, reminders, warnings (P35, P43, P50).

-- Expected moments are computed by domain/neglect.h whenever the row is saved; the jobs that find them here ask
-- again under the row's lock. The two columns of 0001 were never written.
ALTER TABLE request
  DROP COLUMN close_notice_at,
  DROP COLUMN escalated_at,
  -- The last thing that somebody did and everybody on the request may know of. NULL: last_message_all.
  ADD COLUMN active_at timestamptz,
  -- When the system closes it, and when it says so beforehand (NULL: said already).
  ADD COLUMN close_at  timestamptz,
  ADD COLUMN notice_at timestamptz,
  -- When an unanswered one is next raised with managers and experts.
  ADD COLUMN raise_at  timestamptz;

-- Requests from before; the delays are PRODUCT's, the next act on each computes them by the settings.
UPDATE request
   SET close_at = CASE WHEN state = 3 THEN last_message_all + interval '60 days'
                       WHEN last_answer_at IS NULL THEN clock_started_at + interval '120 days'
                       ELSE greatest(last_message_all, last_answer_at) + interval '120 days' END,
       notice_at = CASE WHEN state = 3 THEN last_message_all + interval '50 days'
                        WHEN last_answer_at IS NULL THEN clock_started_at + interval '110 days'
                        ELSE greatest(last_message_all, last_answer_at) + interval '110 days' END,
       raise_at = CASE WHEN state < 3 THEN coalesce(last_answer_at, clock_started_at) + interval '15 days' END
 WHERE state < 4;

CREATE INDEX request_close_at ON request (close_at) WHERE close_at IS NOT NULL AND notice_at IS NULL;
CREATE INDEX request_notice_at ON request (notice_at) WHERE notice_at IS NOT NULL;
CREATE INDEX request_raise_at ON request (raise_at) WHERE raise_at IS NOT NULL;
-- Those that wait to be closed by their helper side (P43).
CREATE INDEX request_processed ON request (processed_at) WHERE state = 3;
-- Those whose last answer may be unread (P43).
CREATE INDEX request_answered ON request (first_answer_at) WHERE state < 4;

-- When a person of the helper side was last reminded: once a week at most (P43).
CREATE TABLE reminded (
  user_id uuid        PRIMARY KEY,
  at      timestamptz NOT NULL
);

-- When people were told that a file nobody of theirs has downloaded is about to be erased (P50).
ALTER TABLE file ADD COLUMN warned_at timestamptz;
CREATE INDEX file_unwarned ON file (readable_until) WHERE state = 3 AND lane IS NOT NULL AND warned_at IS NULL;

-- In whose name somebody downloaded: an addressed group's, or the creator's. NULL: not known (before).
ALTER TABLE file_download ADD COLUMN group_id uuid;

-- 21: the system announces that it will close; 22: an unanswered request was raised.
ALTER TABLE entry DROP CONSTRAINT entry_kind_check;
ALTER TABLE entry ADD CONSTRAINT entry_kind_check CHECK (kind BETWEEN 1 AND 22) NOT VALID;

GRANT SELECT, INSERT, UPDATE ON reminded TO :app_role;
