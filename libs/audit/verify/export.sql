-- What the second verifier reads, one JSON object a line:
--   psql -At -v grace=60 -f export.sql "host=… dbname=aplus_requests user=auditor" > trail.jsonl
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;

SELECT json_build_object('base', json_build_object(
         'position', position, 'hash', encode(hash, 'hex'),
         'at', (extract(epoch FROM at) * 1000000)::bigint::text, 'key', key_id,
         'signature', encode(signature, 'hex')))
  FROM audit_base
 ORDER BY position DESC
 LIMIT 1;

SELECT json_build_object(
         'position', s.position, 'hash', encode(s.hash, 'hex'),
         'line', CASE WHEN e.id IS NOT NULL THEN json_build_object(
           'id', e.id, 'at', (extract(epoch FROM e.at) * 1000000)::bigint::text, 'actor_kind', e.actor_kind,
           'actor', e.actor, 'signed_by', e.signed_by, 'session', e.session, 'address', e.address,
           'operation', e.operation, 'object_kind', e.object_kind, 'object', e.object_id, 'outcome', e.outcome,
           'reason', e.reason, 'policy', e.policy, 'request_id', e.request_id) END)
  FROM audit_seal AS s
  LEFT JOIN audit_entry AS e ON e.id = s.audit_id
 WHERE s.position > COALESCE((SELECT max(position) FROM audit_base), 0)
 ORDER BY s.position;

SELECT json_build_object('stored', json_build_object(
         'position', position, 'hash', encode(hash, 'hex'),
         'at', (extract(epoch FROM at) * 1000000)::bigint::text, 'key', key_id,
         'signature', encode(signature, 'hex')))
  FROM audit_checkpoint
 ORDER BY position;

SELECT json_build_object('unsealed', e.id)
  FROM audit_entry AS e
 WHERE e.at < clock_timestamp() - make_interval(secs => :grace)
   AND NOT EXISTS (SELECT FROM audit_seal AS s WHERE s.audit_id = e.id)
 ORDER BY e.at
 LIMIT 100;

COMMIT;
