"""What a person, a schedule or a script asks for, one module an intention: connect, synchronise, preview, explain.

Operations wire `adapters` to `domain` and hold no rule of their own. May import both; never `cli`, `defs` or Dagster.
"""
