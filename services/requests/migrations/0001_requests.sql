-- Requests (PRODUCT §4): metadata here, contents in 0002 under forced row-level security. What stays after a
-- request is erased (P51) is in this file; what is erased is in 0002, but for the worklists.

CREATE SEQUENCE request_number;

-- Settings of a request that no reader's side may differ on, and the two lanes' counters side by side (P28):
-- *_all is what the helper side and experts see, *_instructors what the instructor side sees.
CREATE TABLE request (
  id                       uuid        PRIMARY KEY,
  number                   text        NOT NULL UNIQUE,
  state                    smallint    NOT NULL CHECK (state BETWEEN 1 AND 4),
  version_all              bigint      NOT NULL DEFAULT 1,
  version_instructors      bigint      NOT NULL DEFAULT 1,
  -- The number of the last entry in each lane.
  entries_all              integer     NOT NULL DEFAULT 0,
  entries_instructors      integer     NOT NULL DEFAULT 0,
  last_message_all         timestamptz NOT NULL,
  last_message_instructors timestamptz NOT NULL,
  area_id                  text        NOT NULL,
  -- NULL: the account was deactivated without an heir (P5).
  owner_user_id            uuid,
  creator_user_id          uuid        NOT NULL,
  creator_group_id         uuid        NOT NULL,
  mandate_kind             smallint    NOT NULL CHECK (mandate_kind BETWEEN 1 AND 3),
  mandate_given_on         date        NOT NULL,
  created_at               timestamptz NOT NULL,
  changed_at               timestamptz NOT NULL,
  -- The clock of P40: creation or the last reopening, and the last answer since.
  clock_started_at         timestamptz NOT NULL,
  last_answer_at           timestamptz,
  first_answer_at          timestamptz,
  deadline                 timestamptz,
  late_from                timestamptz,
  warn_at                  timestamptz,
  late                     boolean     NOT NULL DEFAULT false,
  -- First opened by somebody of the instructor side (P32, P36).
  opened_at                timestamptz,
  in_charge_user_id        uuid,
  in_charge_group_id       uuid,
  processed_at             timestamptz,
  standard_procedure       boolean     NOT NULL DEFAULT false,
  closed_at                timestamptz,
  close_reason             smallint    CHECK (close_reason BETWEEN 1 AND 5),
  usefulness               smallint    CHECK (usefulness BETWEEN 1 AND 3),
  close_notice_at          timestamptz,
  escalated_at             timestamptz,
  erase_at                 timestamptz,
  erased_at                timestamptz,
  CHECK ((state = 4) = (closed_at IS NOT NULL))
);
CREATE INDEX request_late_from ON request (late_from) WHERE late_from IS NOT NULL AND NOT late;
CREATE INDEX request_warn_at ON request (warn_at) WHERE warn_at IS NOT NULL;
CREATE INDEX request_owner ON request (owner_user_id) WHERE state < 4;
CREATE INDEX request_created ON request (created_at, id);

-- People who take part by name (P26): the creator, invited helpers, invited experts.
CREATE TABLE participant (
  request_id uuid        NOT NULL REFERENCES request,
  user_id    uuid        NOT NULL,
  kind       smallint    NOT NULL CHECK (kind BETWEEN 1 AND 3),
  since      timestamptz NOT NULL,
  PRIMARY KEY (request_id, user_id, kind)
);
CREATE INDEX participant_user ON participant (user_id, request_id);

-- Groups that were asked for help; every member with the instructor role takes part (P26).
CREATE TABLE addressed_group (
  request_id        uuid        NOT NULL REFERENCES request,
  group_id          uuid        NOT NULL,
  organisation_id   text        NOT NULL,
  -- Citizen identifiers that its organisation is entitled to (P22), as bits.
  entitled          smallint    NOT NULL,
  state             smallint    NOT NULL CHECK (state BETWEEN 1 AND 5),
  invited_at        timestamptz NOT NULL,
  changed_at        timestamptz NOT NULL,
  proposed_group_id uuid,
  PRIMARY KEY (request_id, group_id)
);

-- Every line of thread and history. A private line has no number in the lane of all, so that the helper side's
-- numbering has no gap where it stands (P28). Text and signer are contents (0002).
CREATE TABLE entry (
  id                 uuid        PRIMARY KEY,
  request_id         uuid        NOT NULL REFERENCES request,
  number_all         integer,
  number_instructors integer     NOT NULL,
  lane               smallint    NOT NULL CHECK (lane IN (1, 2)),
  kind               smallint    NOT NULL CHECK (kind BETWEEN 1 AND 20),
  at                 timestamptz NOT NULL,
  actor_user_id      uuid,
  actor_group_id     uuid,
  -- Shown in the thread; the others stand in the history only.
  in_thread          boolean     NOT NULL,
  -- Counts as a message to be read (P33).
  is_message         boolean     NOT NULL,
  standard_procedure boolean     NOT NULL DEFAULT false,
  group_id           uuid,
  person_id          uuid,
  CHECK ((lane = 1) = (number_all IS NOT NULL))
);
CREATE UNIQUE INDEX entry_number_all ON entry (request_id, number_all) WHERE lane = 1;
CREATE UNIQUE INDEX entry_number_instructors ON entry (request_id, number_instructors);

-- Who has opened a request and read up to where (P33), in each lane. The mark in the lane of all moves only
-- when it reaches a line of that lane.
CREATE TABLE mark (
  user_id            uuid        NOT NULL,
  request_id         uuid        NOT NULL REFERENCES request,
  group_id           uuid,
  opened_at          timestamptz NOT NULL,
  number_all         integer     NOT NULL,
  all_at             timestamptz NOT NULL,
  number_instructors integer     NOT NULL,
  instructors_at     timestamptz NOT NULL,
  PRIMARY KEY (user_id, request_id)
);
CREATE INDEX mark_request ON mark (request_id);

-- Files, without names (0002) and bytes (the files service). request_id may be a draft's.
CREATE TABLE file (
  id             uuid        PRIMARY KEY,
  request_id     uuid        NOT NULL,
  uploader_id    uuid        NOT NULL,
  uploader_group uuid,
  -- NULL until the request or message that carries it is sent; meanwhile only the uploader knows of it.
  lane           smallint    CHECK (lane IN (1, 2)),
  -- The message that carries it; NULL for files of the request itself.
  entry_id       uuid        REFERENCES entry,
  state          smallint    NOT NULL CHECK (state BETWEEN 1 AND 5),
  size           bigint      NOT NULL DEFAULT 0,
  type           text        NOT NULL DEFAULT '',
  uploaded_at    timestamptz NOT NULL,
  readable_until timestamptz NOT NULL
);
CREATE INDEX file_request ON file (request_id);
CREATE INDEX file_entry ON file (entry_id) WHERE entry_id IS NOT NULL;

CREATE TABLE file_download (
  file_id  uuid        NOT NULL REFERENCES file ON DELETE CASCADE,
  user_id  uuid        NOT NULL,
  first_at timestamptz NOT NULL,
  last_at  timestamptz NOT NULL,
  PRIMARY KEY (file_id, user_id)
);

-- Who is member of what, as auth's events tell it. Rights of a call come from its identity token; this answers
-- what no token can: who was member when a request was closed (P32).
CREATE TABLE membership (
  user_id    uuid        NOT NULL,
  group_id   uuid        NOT NULL,
  helper     boolean     NOT NULL,
  instructor boolean     NOT NULL,
  manager    boolean     NOT NULL,
  -- Since when the instructor role is held without a break.
  instructor_since timestamptz,
  PRIMARY KEY (user_id, group_id)
);
CREATE INDEX membership_group ON membership (group_id);

-- Worklists (P32). A list, its counters and its pages start from these rows and never from contents. They hold
-- what tabs, filters and orders ask for; lanes as in request.
CREATE TABLE group_work (
  group_id         uuid        NOT NULL,
  request_id       uuid        NOT NULL REFERENCES request,
  phase            smallint    NOT NULL CHECK (phase BETWEEN 1 AND 4),
  state            smallint    NOT NULL,
  late             boolean     NOT NULL,
  created_at       timestamptz NOT NULL,
  last_message_at  timestamptz NOT NULL,
  -- 'infinity' does not travel; a day after all others stands for "none".
  deadline         timestamptz NOT NULL,
  closed_at        timestamptz,
  area_id          text        NOT NULL,
  organisation_id  text        NOT NULL,
  creator_group_id uuid        NOT NULL,
  PRIMARY KEY (group_id, request_id)
);
CREATE INDEX group_work_request ON group_work (request_id);
CREATE INDEX group_work_by_message ON group_work (group_id, phase, last_message_at DESC, request_id DESC) INCLUDE (late, closed_at);
CREATE INDEX group_work_by_creation ON group_work (group_id, phase, created_at DESC, request_id DESC);
CREATE INDEX group_work_by_deadline ON group_work (group_id, phase, deadline, request_id);

CREATE TABLE person_work (
  user_id          uuid        NOT NULL,
  request_id       uuid        NOT NULL REFERENCES request,
  mine             boolean     NOT NULL,
  phase            smallint    NOT NULL CHECK (phase BETWEEN 1 AND 4),
  state            smallint    NOT NULL,
  late             boolean     NOT NULL,
  created_at       timestamptz NOT NULL,
  last_message_at  timestamptz NOT NULL,
  deadline         timestamptz NOT NULL,
  closed           boolean     NOT NULL,
  area_id          text        NOT NULL,
  creator_group_id uuid        NOT NULL,
  PRIMARY KEY (user_id, request_id)
);
CREATE INDEX person_work_request ON person_work (request_id);
CREATE INDEX person_work_by_message
  ON person_work (user_id, closed, last_message_at DESC, request_id DESC) INCLUDE (phase, mine);
CREATE INDEX person_work_by_creation ON person_work (user_id, closed, created_at DESC, request_id DESC);
CREATE INDEX person_work_by_deadline ON person_work (user_id, closed, deadline, request_id);

-- Drafts (P24); what is written in them is contents (0002).
CREATE TABLE draft (
  id         uuid        PRIMARY KEY,
  author_id  uuid        NOT NULL,
  group_id   uuid,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  erase_at   timestamptz NOT NULL
);
CREATE INDEX draft_author ON draft (author_id, updated_at DESC);
CREATE INDEX draft_erase_at ON draft (erase_at);

-- What has to be erased, from the moment the clock starts (P51, P52). A worker takes a row for a minute and
-- writes down each step it has done; whoever finds the row later goes on from there.
CREATE TABLE erasure_task (
  subject_id  uuid        PRIMARY KEY,
  rule        text        NOT NULL,
  due_at      timestamptz NOT NULL,
  step        smallint    NOT NULL DEFAULT 0,
  lease_until timestamptz NOT NULL DEFAULT '-infinity',
  attempts    integer     NOT NULL DEFAULT 0
);
CREATE INDEX erasure_task_due ON erasure_task (due_at);

-- The proof line: what, when, by which rule, how much. Never deleted by the service.
CREATE TABLE erasure_proof (
  subject_id uuid        PRIMARY KEY,
  rule       text        NOT NULL,
  due_at     timestamptz NOT NULL,
  erased_at  timestamptz NOT NULL,
  key_rows   integer     NOT NULL,
  rows       integer     NOT NULL
);

-- One audit line per user, tab and hour for list pages (P90): which of them are written already.
CREATE TABLE list_shown (
  user_id uuid        NOT NULL,
  what    text        NOT NULL,
  hour    timestamptz NOT NULL,
  PRIMARY KEY (user_id, what, hour)
);
CREATE INDEX list_shown_hour ON list_shown (hour);

GRANT USAGE ON SEQUENCE request_number TO :app_role;
GRANT SELECT, INSERT, UPDATE ON request, addressed_group, membership, file_download, mark TO :app_role;
GRANT SELECT, INSERT, DELETE ON participant TO :app_role;
GRANT SELECT, INSERT ON entry, erasure_proof TO :app_role;
GRANT DELETE ON membership TO :app_role;
GRANT SELECT, INSERT, DELETE ON list_shown TO :app_role;
GRANT SELECT, INSERT, UPDATE, DELETE ON file, group_work, person_work, draft, erasure_task TO :app_role;
