"""Pure rules of the synchronisation: values, frames and decisions in; values, frames and decisions out.

No I/O, clock, environment or logging here: time, limits and settings are parameters. May import: nothing of ours
outside this room.
"""
