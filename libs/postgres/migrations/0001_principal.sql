-- In whose name a statement runs, for row-level security policies (libs/postgres/principal.h). Without a
-- principal: NULL, an empty array, 'none'; so a policy that forgets the case admits nothing.
CREATE FUNCTION aplus_user_id() RETURNS uuid
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN NULLIF(current_setting('aplus.user_id', true), '')::uuid;

CREATE FUNCTION aplus_group_ids() RETURNS uuid[]
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN COALESCE(NULLIF(current_setting('aplus.group_ids', true), '')::uuid[], '{}'::uuid[]);

CREATE FUNCTION aplus_lane() RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN COALESCE(NULLIF(current_setting('aplus.lane', true), ''), 'none');
