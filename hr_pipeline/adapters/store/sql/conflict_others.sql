-- Who else of the list has the same value, of a conflict that says several do: by the hash of that part.
SELECT o.conflict_no AS conflict_id, o.external_id
FROM conflict AS k
JOIN conflict AS o ON o.connection_no = k.connection_no AND o.code = k.code AND o.external_id <> k.external_id AND o.state <> 'closed'
WHERE k.conflict_no = $conflict_no AND k.state <> 'closed'
    AND CASE k.code
        WHEN 'DUPLICATE_EMAIL' THEN o.inputs['employee.email'] = k.inputs['employee.email']
        WHEN 'DUPLICATE_EMPLOYEE_NUMBER' THEN o.inputs['employee.number'] = k.inputs['employee.number']
        ELSE FALSE
    END
ORDER BY o.conflict_no
