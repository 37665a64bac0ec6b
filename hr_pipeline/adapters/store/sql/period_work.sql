-- Whether dated pay has to be compared at all.
SELECT EXISTS (FROM change WHERE len(pay_changed) > 0) OR EXISTS (FROM staged_period) OR EXISTS (FROM period_version)
