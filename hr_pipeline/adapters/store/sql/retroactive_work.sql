-- Whether something may have changed for days gone by.
SELECT EXISTS (FROM period_difference) OR EXISTS (FROM change WHERE list_has_any(person_changed, ['start_date', 'exit_date']))
