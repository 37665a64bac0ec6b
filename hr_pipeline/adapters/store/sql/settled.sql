-- Decisions that people took before, and transfers that a connection lets happen by themselves, in the place of tonight's questions: only
-- where code and inputs are what they were, and where the store still allows it. Two employees never get one account. A transfer to an employment
-- that begins later waits for its day: until then the person works at the other company, whose list goes on being read.
CREATE OR REPLACE TEMP TABLE settled AS
WITH answered AS (
    SELECT u.connection_no, u.row, r.choice, coalesce(r.account_no, u.account_no) AS account_no, r.resolution_no, FALSE AS automatic, r.decided_at
    FROM unlinked_decision AS u
    JOIN judged AS j ON j.connection_no = u.connection_no AND j.row = u.row
    JOIN conflict_input AS i ON i.connection_no = u.connection_no AND i.row = u.row
    JOIN resolution AS r ON r.connection_no = u.connection_no AND r.external_id = j.external_id AND r.code = u.code AND r.inputs_hash = i.inputs_hash
    WHERE u.outcome = 'conflict' AND r.ended_at IS NULL
),
due AS (
    FROM answered WHERE choice IN ('link', 'create', 'transfer')
    UNION ALL
    SELECT u.connection_no, u.row, 'transfer', e.account_no, NULL, TRUE, NULL
    FROM unlinked_decision AS u
    JOIN batch AS b ON b.connection_no = u.connection_no AND b.automatic_transfer
    JOIN email_decision AS e ON e.connection_no = u.connection_no AND e.row = u.row
    JOIN judged AS j ON j.connection_no = u.connection_no AND j.row = u.row
    ANTI JOIN answered AS r ON r.connection_no = u.connection_no AND r.row = u.row
    WHERE u.outcome = 'conflict' AND u.code = 'TRANSFER' AND e.account_no IS NOT NULL
        AND coalesce(j.exit_date >= b.date, TRUE)  -- nobody is moved by itself to an employment that is over, or out of one that is frozen
        AND NOT EXISTS (
            FROM link AS l JOIN exclusion AS x ON x.connection_no = l.connection_no AND x.external_id = l.external_id
            WHERE l.account_no = e.account_no AND x.ended_at IS NULL AND coalesce(x.until >= b.date, TRUE)
        )
),
known AS (
    SELECT
        d.*, e.row IS NOT NULL AS email_is_taken, e.account_no AS holder_no,
        a.company_no = b.company_no AS same_company,
        coalesce(o.group_name = b.group_name, FALSE) AS same_group,
        a.connection_no IS NULL OR m.account_no IS NOT NULL OR NOT c.active
            OR coalesce(CASE WHEN f.account_no IS NOT NULL THEN f.exit_date ELSE a.exit_date END < b.date, FALSE) AS is_free,
        -- A candidate's changes are among the inputs; another account that was named must be as it was then.
        d.automatic OR v.recorded_at <= d.decided_at
            OR EXISTS (FROM tie AS t WHERE t.connection_no = d.connection_no AND t.row = d.row AND t.account_no = d.account_no) AS is_as_seen,
        coalesce(CASE WHEN hf.account_no IS NOT NULL THEN hf.exit_date ELSE h.exit_date END < b.date, FALSE) AS holder_is_closed,
        d.choice = 'transfer' AND j.start_date > b.date AS waits
    FROM due AS d
    JOIN batch AS b ON b.connection_no = d.connection_no AND NOT b.is_older
    JOIN judged AS j ON j.connection_no = d.connection_no AND j.row = d.row
    LEFT JOIN email_decision AS e ON e.connection_no = d.connection_no AND e.row = d.row
    LEFT JOIN account AS a ON a.account_no = d.account_no AND d.choice <> 'create'
    LEFT JOIN account_version AS v ON v.version_no = a.version_no
    LEFT JOIN company AS o ON o.company_no = a.company_no
    LEFT JOIN connection AS c ON c.connection_no = a.connection_no
    LEFT JOIN account_after AS f ON f.account_no = a.account_no
    LEFT JOIN absent AS m ON m.account_no = a.account_no
    LEFT JOIN account AS h ON h.account_no = e.account_no
    LEFT JOIN account_after AS hf ON hf.account_no = e.account_no
),
allowed AS (
    SELECT
        connection_no, row, choice, CASE WHEN choice <> 'create' THEN account_no END AS account_no, resolution_no, automatic, waits,
        CASE WHEN email_is_taken AND (choice = 'create' OR holder_no <> account_no) THEN holder_no END AS releases_email_of
    FROM known
    WHERE CASE choice
            WHEN 'create' THEN TRUE
            WHEN 'link' THEN same_company AND is_free AND is_as_seen
            ELSE NOT same_company AND same_group AND is_as_seen
        END
        AND (NOT email_is_taken OR (choice <> 'create' AND holder_no = account_no) OR holder_is_closed)
)
SELECT connection_no, row, choice, account_no, resolution_no, releases_email_of, waits
FROM allowed
WHERE account_no IS NULL OR account_no NOT IN (SELECT u.account_no FROM unlinked_decision AS u WHERE u.outcome = 'linked')
QUALIFY account_no IS NULL OR row_number() OVER (PARTITION BY account_no ORDER BY automatic, waits, connection_no, row) = 1;

UPDATE unlinked_decision AS u
SET outcome = CASE WHEN s.waits THEN 'unchanged' WHEN s.choice = 'create' THEN 'created' WHEN s.choice = 'link' THEN 'linked' ELSE 'transferred' END,
    code = CASE WHEN s.waits THEN 'TRANSFER_UPCOMING' END, account_no = s.account_no, resolution_no = s.resolution_no
FROM settled AS s
WHERE s.connection_no = u.connection_no AND s.row = u.row;

DELETE FROM settled WHERE waits;

-- What the former connection would change of a person who moves tonight is not its business any more; nor is the person missing there.
CREATE OR REPLACE TEMP TABLE leaving AS
SELECT s.account_no FROM settled AS s JOIN batch AS b ON b.connection_no = s.connection_no AND NOT b.is_held_back WHERE s.account_no IS NOT NULL;

DELETE FROM drift AS f USING change AS x JOIN leaving AS s ON s.account_no = x.account_no WHERE x.connection_no = f.connection_no AND x.row = f.row;

DELETE FROM email_claim WHERE account_no IN (FROM leaving);

DELETE FROM change WHERE account_no IN (FROM leaving);

UPDATE absent SET is_expected = TRUE WHERE account_no IN (FROM leaving)
