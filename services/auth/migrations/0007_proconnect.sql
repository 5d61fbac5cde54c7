-- ProConnect, the second entrance (P12). Who somebody is there is issuer and subject, never the address.

-- One row per login begun there. What binds it (state, nonce, PKCE verifier) is in here as one hash.
CREATE TABLE provider_login (
  id           uuid PRIMARY KEY,
  state_hash   bytea NOT NULL CONSTRAINT provider_login_state UNIQUE CHECK (octet_length(state_hash) = 32),
  binding_hash bytea NOT NULL CHECK (octet_length(binding_hash) = 32),  -- SHA-256 of the browser's cookie
  return_to    text NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  consumed_at  timestamptz
);
CREATE INDEX provider_login_by_time ON provider_login (created_at);

CREATE TABLE provider_identity (
  issuer    text NOT NULL,
  subject   text NOT NULL,
  user_id   uuid NOT NULL REFERENCES account ON DELETE CASCADE,
  linked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (issuer, subject)
);
CREATE INDEX provider_identity_by_user ON provider_identity (user_id);

-- A login link that, when it is used, links the account with this identity: the first time (SECURITY 2.2b).
ALTER TABLE login_request
  ADD COLUMN provider_issuer  text,
  ADD COLUMN provider_subject text,
  ADD CONSTRAINT login_request_provider CHECK ((provider_issuer IS NULL) = (provider_subject IS NULL));

GRANT SELECT, INSERT, UPDATE, DELETE ON provider_login, provider_identity TO :app_role;
