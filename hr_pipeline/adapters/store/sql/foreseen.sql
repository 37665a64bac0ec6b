-- What the plan just made decided about each employee that is not plainly unchanged, whether or not a guard holds the run.
CREATE OR REPLACE TEMP VIEW foreseen AS
SELECT external_id, planned_outcome AS outcome, CASE WHEN outcome = 'held' AND planned_outcome <> 'held' THEN NULL ELSE code END AS code,
    CASE WHEN outcome = 'held' AND planned_outcome <> 'held' THEN NULL ELSE field END AS field,
    CASE WHEN planned_outcome <> 'unchanged' THEN coalesce(changed, []) ELSE [] END AS changed,
    CASE WHEN planned_outcome <> 'created' THEN 'a' || account_no END AS account_id
FROM decision
