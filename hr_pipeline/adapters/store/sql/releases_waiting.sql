-- Releases of the batch's connections that no sync has used yet, expired ones too.
SELECT r.connection_no, r.release_no, r.plan_hash, r.run_no, r.expires_at, r.expires_at <= b.planned_at AS is_expired
FROM release AS r
JOIN batch AS b ON b.connection_no = r.connection_no
WHERE r.used_run_no IS NULL
ORDER BY r.release_no
