-- What the linked will become; a second pass adds those just tied to an account.
CREATE OR REPLACE TEMP TABLE change AS FROM change_of_target
