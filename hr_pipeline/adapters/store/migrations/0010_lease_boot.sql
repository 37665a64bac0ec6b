-- A holder's process is told by what no change of the clock moves: since which start of the machine, and how many ticks after it.

ALTER TABLE lease ADD COLUMN boot VARCHAR;                     -- null: written by an older version, or no such thing here; then pid_started is seconds of the clock
