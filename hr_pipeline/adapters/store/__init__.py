"""The platform store in DuckDB: opening it, its migrations, and one module per thing kept in it.

`migrations/` holds the forward-only schema, `sql/` one statement a file, named for its product. May import: `domain`.
"""
