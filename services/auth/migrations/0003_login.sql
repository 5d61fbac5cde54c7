-- Logging in: who asked, what was sent, who is in. Tokens and codes are in here as hashes only (P11), and
-- nothing but sessions outlives a day.

-- One row per "send me a link", for known and unknown addresses alike: nobody looks an account up before the
-- answer has left, so neither time nor errors tell which addresses have one.
CREATE TABLE login_request (
  id           uuid PRIMARY KEY,
  email_key    text NOT NULL,
  binding_hash bytea NOT NULL CHECK (octet_length(binding_hash) = 32),  -- SHA-256 of the browser's cookie
  address_mac bytea NOT NULL CHECK (octet_length(address_mac) = 32),  -- HMAC of the network address, for abuse
  asked_from   text NOT NULL,   -- browser and network, roughly, for the mail
  return_to    text NOT NULL,   -- page to land on (P15); never travels in the link
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Wrong codes typed for it; at the limit it is dead, its link too.
  code_tries   smallint NOT NULL DEFAULT 0
);
CREATE INDEX login_request_by_binding ON login_request (binding_hash, created_at);
CREATE INDEX login_request_by_time ON login_request (created_at);

-- One row per mail that left with a link.
CREATE TABLE login_token (
  token_hash       bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),  -- SHA-256 of 32 random bytes
  login_request_id uuid NOT NULL REFERENCES login_request ON DELETE CASCADE,
  user_id          uuid NOT NULL REFERENCES account ON DELETE CASCADE,
  -- HMAC-SHA-256 under auth's code key: a plain hash of 40 bits would fall to a dump. NULL: no code was sent.
  code_mac         bytea CHECK (octet_length(code_mac) = 32),
  minted_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at       timestamptz NOT NULL,
  consumed_at      timestamptz,
  ended_at         timestamptz  -- by a newer link, or because the account changed
);
CREATE INDEX login_token_by_user ON login_token (user_id, minted_at);
CREATE INDEX login_token_by_request ON login_token (login_request_id);

-- "There is no account at this address": at most one such mail a day and address, so it is remembered, as a MAC.
CREATE TABLE no_account_mail (
  login_request_id uuid PRIMARY KEY REFERENCES login_request ON DELETE CASCADE,
  address_mac      bytea NOT NULL CHECK (octet_length(address_mac) = 32),
  sent_at          timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX no_account_mail_by_address ON no_account_mail (address_mac, sent_at);
CREATE INDEX no_account_mail_by_time ON no_account_mail (sent_at);

CREATE TABLE session (
  id           uuid PRIMARY KEY,
  -- SHA-256 of the cookie's 32 random bytes; the unique index serves the SELECT behind every call.
  token_hash   bytea NOT NULL CONSTRAINT session_token UNIQUE CHECK (octet_length(token_hash) = 32),
  user_id      uuid NOT NULL REFERENCES account ON DELETE CASCADE,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at   timestamptz NOT NULL,
  browser      text NOT NULL,
  amr          text[] NOT NULL  -- how the person proved who he is (RFC 8176)
);
CREATE INDEX session_by_user ON session (user_id, created_at);
CREATE INDEX session_by_expiry ON session (expires_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON login_request, login_token, no_account_mail, session TO :app_role;
