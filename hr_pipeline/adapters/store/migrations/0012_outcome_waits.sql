-- A decided transfer whose employment begins later: the day it waits for, told by the runs until then.

ALTER TABLE outcome ADD COLUMN takes_effect DATE;              -- null: nothing of the employee waits
