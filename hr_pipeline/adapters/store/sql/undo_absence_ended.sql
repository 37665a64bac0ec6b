-- … and those of people who have no link any more.
UPDATE absence AS a
SET to_run_no = (SELECT run_no FROM undoing)
WHERE a.to_run_no IS NULL
    AND (
        (a.connection_no, a.external_id) IN (SELECT connection_no, external_id FROM undo_absence WHERE was_opened AND by_run_no IS NULL)
        OR (
            a.account_no IN (SELECT account_no FROM undo_back WHERE goes OR link_goes)
            AND (a.connection_no, a.external_id) NOT IN (SELECT connection_no, external_id FROM link)
        )
    )
