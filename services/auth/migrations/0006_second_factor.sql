-- The second factor (P13): the secret that an authenticator application shares with us, sealed under auth's
-- keyring, and the recovery codes, as MACs.

CREATE TABLE second_factor (
  user_id       uuid PRIMARY KEY REFERENCES account ON DELETE CASCADE,
  key_version   integer NOT NULL,      -- of the keyring
  sealed_secret bytea NOT NULL,        -- bound to the account: a row moved to another one does not open
  -- The step (30 seconds) of the last code that was taken: neither it nor an older one counts again.
  last_step     bigint NOT NULL,
  set_at        timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- What an old key still holds, when keys are rotated.
CREATE INDEX second_factor_by_key ON second_factor (key_version, user_id);

-- Drawn and shown, not yet confirmed by a first code.
CREATE TABLE second_factor_draft (
  user_id       uuid PRIMARY KEY REFERENCES account ON DELETE CASCADE,
  key_version   integer NOT NULL,
  sealed_secret bytea NOT NULL,
  expires_at    timestamptz NOT NULL
);
CREATE INDEX second_factor_draft_by_expiry ON second_factor_draft (expires_at);

CREATE TABLE recovery_code (
  user_id  uuid NOT NULL REFERENCES account ON DELETE CASCADE,
  code_mac bytea NOT NULL CHECK (octet_length(code_mac) = 32),  -- HMAC-SHA-256 under auth's code key
  used_at  timestamptz,
  PRIMARY KEY (user_id, code_mac)
);

-- Wrong codes of the last day, so that nobody tries all million.
CREATE TABLE second_factor_miss (
  user_id   uuid NOT NULL REFERENCES account ON DELETE CASCADE,
  missed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX second_factor_miss_by_user ON second_factor_miss (user_id, missed_at);
CREATE INDEX second_factor_miss_by_time ON second_factor_miss (missed_at);

-- When the person last proved a second factor in this session: what "fresh" is counted from. NULL: never, and
-- what counts is when the session began.
ALTER TABLE session ADD COLUMN proved_at timestamptz;

GRANT SELECT, INSERT, UPDATE, DELETE
   ON second_factor, second_factor_draft, recovery_code, second_factor_miss TO :app_role;

-- Whoever changes what an account is or where its mails go ends its sessions and its links in the same
-- transaction (P1, P5, P14; a session token never outlives a change of role): here and not in each statement
-- that changes accounts, so that none can forget.
CREATE FUNCTION end_account_sessions() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM session WHERE user_id = NEW.id;
  UPDATE login_token
     SET ended_at = clock_timestamp()
   WHERE user_id = NEW.id
     AND consumed_at IS NULL
     AND ended_at IS NULL;
  RETURN NULL;
END
$$;
CREATE TRIGGER account_ends_sessions
  AFTER UPDATE ON account
  FOR EACH ROW
  WHEN (OLD.active AND NOT NEW.active
        OR OLD.email_key <> NEW.email_key
        OR OLD.administrator <> NEW.administrator
        OR OLD.expert <> NEW.expert
        OR OLD.observer <> NEW.observer)
  EXECUTE FUNCTION end_account_sessions();
