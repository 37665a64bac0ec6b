"""Everything that touches the world: providers over HTTP, landing files, credentials and the DuckDB store.

May import `domain`; never `operations`, `cli`, `defs` or Dagster.
"""
