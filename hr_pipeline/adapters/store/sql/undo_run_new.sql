INSERT INTO sync_run BY NAME
SELECT
    u.run_no, u.connection_no, 'undo' AS trigger, u.date, $status AS status, 'undo of r' || u.undone_run_no AS note, TRUE AS applied,
    FALSE AS unchanged_derived, u.at AS started_at, u.at AS finished_at, 0 AS source, 0 AS created, 0 AS linked, 0 AS updated, 0 AS unchanged,
    0 AS transferred, 0 AS excluded, 0 AS out_of_scope, 0 AS conflict, 0 AS rejected, 0 AS held, 0 AS failed, 0 AS missing, 0 AS pay_source,
    0 AS pay_applied, 0 AS pay_unchanged, 0 AS pay_rejected, $dagster_run_id AS dagster_run_id
FROM undoing AS u
