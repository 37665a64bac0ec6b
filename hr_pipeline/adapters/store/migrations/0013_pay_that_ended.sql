-- Pay that has ended is not the current one any more: only the analysts' views say so, which are made anew after a migration.
DROP VIEW IF EXISTS pay_timeline;
