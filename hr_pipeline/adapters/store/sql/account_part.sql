-- What of an account a question rests on, as hashes; who holds its link too.
CREATE OR REPLACE TEMP VIEW account_part AS
SELECT
    a.account_no,
    ['a' || a.account_no || '.' || part FOR part IN ['email', 'name', 'birth_date', 'link']] AS names,
    [hash(v.email_key), hash(v.name_key, v.birth_name_key), hash(v.birth_date), hash(a.company_no, a.connection_no)] AS hashes
FROM account AS a
JOIN account_version AS v ON v.version_no = a.version_no
