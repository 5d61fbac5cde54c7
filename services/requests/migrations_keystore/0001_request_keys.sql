-- Wrapped keys of requests (SECURITY 2.6), in a cluster of their own: write-ahead log and backups are
-- cluster-wide, and a destroyed key must be gone from every copy within 24 hours, so keys never share a cluster
-- with what they seal. One row per request (or draft, which becomes one); deleting it erases the request.
CREATE TABLE request_key (
  request_id  uuid        PRIMARY KEY,
  kek_version integer     NOT NULL,  -- of the key that wraps it (libs/crypto/keyring.h)
  wrapped     bytea       NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- For the sweep of keys whose request never came to be, and for rewrapping under a new key.
CREATE INDEX request_key_created ON request_key (created_at);
CREATE INDEX request_key_kek ON request_key (kek_version, request_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON request_key TO :app_role;
