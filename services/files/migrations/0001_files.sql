-- Files without names (those are the request's contents) and without bytes (those lie sealed in the object
-- store). A row exists before the first byte is stored and outlives it: that a file was there stays known (P50).
CREATE TABLE file (
  id          uuid        PRIMARY KEY,
  -- Of a draft as well: its id becomes the request's.
  request_id  uuid        NOT NULL,
  -- The account, or the partner.
  uploader_id uuid        NOT NULL,
  -- 1 receiving, 2 scanning, 3 available, 4 rejected, 5 erased, 6 broken off. Nothing but 3 is ever sent.
  state       smallint    NOT NULL CHECK (state BETWEEN 1 AND 6),
  -- The state that the requests service has acknowledged; a job tells it the present one until they agree.
  told        smallint    NOT NULL CHECK (told BETWEEN 1 AND 6),
  tell_after  timestamptz NOT NULL,
  tell_tries  integer     NOT NULL DEFAULT 0,
  -- Random, 128 bits: the only name that the object store knows.
  object      text        NOT NULL UNIQUE CHECK (object ~ '^[0-9a-f]{32}$'),
  -- Media type, as found in the contents.
  type        text        NOT NULL,
  -- Bytes of plaintext and of the object; 0 until the file is complete.
  size        bigint      NOT NULL DEFAULT 0,
  sealed_size bigint      NOT NULL DEFAULT 0,
  started_at  timestamptz NOT NULL,
  -- While receiving: renewed by progress. Over: whoever received it is gone, and what he left is swept.
  lease_until timestamptz NOT NULL,
  uploaded_at timestamptz,
  -- From here on nobody may read it, whatever the state of its erasure.
  erase_due   timestamptz NOT NULL,
  scan_after  timestamptz,
  scan_tries  integer     NOT NULL DEFAULT 0,
  CHECK (state NOT IN (2, 3) OR (size > 0 AND uploaded_at IS NOT NULL))
);
CREATE INDEX file_request ON file (request_id);
CREATE INDEX file_receiving ON file (lease_until) WHERE state = 1;
CREATE INDEX file_scanning ON file (scan_after) WHERE state = 2;
CREATE INDEX file_untold ON file (tell_after) WHERE state <> 1 AND told <> state;

-- One upload under one key of the client (P25), for 24 hours. The body's digest is there once the file is
-- complete; until then the key is taken by an upload that runs.
CREATE TABLE upload_key (
  owner_id   uuid        NOT NULL,
  key        uuid        NOT NULL,
  file_id    uuid        NOT NULL REFERENCES file ON DELETE CASCADE,
  -- HMAC-SHA-256 under a key of the service: of what the head says, and of head and contents.
  head_hmac  bytea       NOT NULL,
  body_hmac  bytea,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (owner_id, key)
);
CREATE INDEX upload_key_created ON upload_key (created_at);
CREATE INDEX upload_key_file ON upload_key (file_id);

-- What has to be destroyed and when (P50): made in the transaction that makes the file. A worker takes a row for
-- a minute and writes down each step that it has done; whoever finds the row later goes on from there.
CREATE TABLE erasure_task (
  file_id     uuid        PRIMARY KEY REFERENCES file ON DELETE CASCADE,
  -- P50 end of life, P36 taken back, P51 request erased, P60 refused or broken off, P62 infected.
  rule        text        NOT NULL,
  due_at      timestamptz NOT NULL,
  step        smallint    NOT NULL DEFAULT 0,
  -- What the steps so far have destroyed, for the proof.
  keys        integer     NOT NULL DEFAULT 0,
  objects     integer     NOT NULL DEFAULT 0,
  lease_until timestamptz NOT NULL DEFAULT '-infinity',
  tries       integer     NOT NULL DEFAULT 0
);
CREATE INDEX erasure_task_due ON erasure_task (due_at);

-- The proof line (P52): what, when, by which rule, how much. The service never changes or deletes it.
CREATE TABLE erasure_proof (
  file_id    uuid        PRIMARY KEY,
  request_id uuid        NOT NULL,
  rule       text        NOT NULL,
  due_at     timestamptz NOT NULL,
  erased_at  timestamptz NOT NULL,
  keys       integer     NOT NULL,
  objects    integer     NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON file, upload_key, erasure_task TO :app_role;
GRANT SELECT, INSERT ON erasure_proof TO :app_role;
