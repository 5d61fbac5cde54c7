-- An account deactivated for two years is made anonymous (P53). Its id stays, since entries, figures and the audit
-- trail name it; nothing that says whose it was does.

ALTER TABLE account ADD COLUMN anonymised_at timestamptz;
-- Deactivated before there was a date for it: the two years begin now.
UPDATE account SET deactivated_at = clock_timestamp() WHERE NOT active AND deactivated_at IS NULL;
CREATE INDEX account_long_gone ON account (deactivated_at) WHERE NOT active AND anonymised_at IS NULL;

-- What hangs on an account goes in the statement that makes it anonymous: nobody can forget a table there.
CREATE FUNCTION forget_account() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM session WHERE user_id = NEW.id;
  DELETE FROM login_token WHERE user_id = NEW.id;
  DELETE FROM second_factor WHERE user_id = NEW.id;
  DELETE FROM second_factor_draft WHERE user_id = NEW.id;
  DELETE FROM recovery_code WHERE user_id = NEW.id;
  DELETE FROM second_factor_miss WHERE user_id = NEW.id;
  DELETE FROM provider_identity WHERE user_id = NEW.id;
  DELETE FROM observed_organisation WHERE user_id = NEW.id;
  DELETE FROM observed_area WHERE user_id = NEW.id;
  DELETE FROM terms_acceptance WHERE user_id = NEW.id;
  DELETE FROM departure WHERE user_id = NEW.id;
  DELETE FROM membership WHERE user_id = NEW.id;
  RETURN NULL;
END
$$;
CREATE TRIGGER account_forgets
  AFTER UPDATE ON account
  FOR EACH ROW
  WHEN (OLD.anonymised_at IS NULL AND NEW.anonymised_at IS NOT NULL)
  EXECUTE FUNCTION forget_account();

GRANT DELETE ON terms_acceptance TO :app_role;
