-- What managers and administrators list (P34): the requests of a group, newest first, erased ones too.
CREATE INDEX request_creator_group ON request (creator_group_id, id DESC);
CREATE INDEX addressed_group_of_group ON addressed_group (group_id, request_id DESC);

-- What the reconciliation holds against the erasure tasks (P52).
CREATE INDEX request_to_erase ON request (erase_at) WHERE state = 4 AND erased_at IS NULL;
