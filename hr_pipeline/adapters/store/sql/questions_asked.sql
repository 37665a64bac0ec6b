-- How many questions tonight's plan asks.
SELECT (SELECT count(*) FROM unlinked_decision WHERE outcome = 'conflict') + (SELECT count(*) FROM judged WHERE path = 'duplicate')
    + (SELECT count(*) FROM email_claim WHERE refused IS NOT NULL)
