"""Employee synchronisation from payroll providers into a benefits platform.

Rooms, from the inside out: `domain` (pure rules), `adapters` (files, HTTP, DuckDB), `operations` (what a person or a
schedule asks for), then the two faces: `cli` and `defs` (Dagster). `sandbox` plays the providers on loopback.
"""

__version__ = "0.1.0"
