-- Wrapped keys of files (SECURITY 2.6), beside those of requests in the keystore's own cluster, whose write-ahead
-- log and copies live 24 hours. One row per file, committed before the first byte is sealed under it; deleting it
-- makes the file unreadable wherever a copy of its object may lie (P50).
CREATE TABLE file_key (
  file_id     uuid        PRIMARY KEY,
  request_id  uuid        NOT NULL,
  kek_version integer     NOT NULL,  -- of the key that wraps it (libs/crypto/keyring.h)
  wrapped     bytea       NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- For the sweep of keys whose file never came to be, and for rewrapping under a new key.
CREATE INDEX file_key_created ON file_key (created_at);
CREATE INDEX file_key_kek ON file_key (kek_version, file_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON file_key TO :app_role;
