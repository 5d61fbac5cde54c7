-- Answers to calls that carried an Idempotency-Key (P25). No personal data: the answer is ids, number, version.
CREATE TABLE idempotency_record (
  user_id    uuid        NOT NULL,
  key        uuid        NOT NULL,
  method     text        NOT NULL,
  body_hmac  bytea       NOT NULL,
  answer     bytea,                 -- set before the transaction that inserted the row commits
  subject_id uuid,                  -- erased with it
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_record_created ON idempotency_record (created_at);
CREATE INDEX idempotency_record_subject ON idempotency_record (subject_id) WHERE subject_id IS NOT NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_record TO :app_role;
