"""A deployment on one machine: PostgreSQL, Dagster's processes and a proxy with login, under one supervisor. `make up`, `make down`.

Nothing of hr_pipeline imports this room, which may import its adapters and `defs.home`, `defs.launching`. docs/deploying.md tells how to use
it, docs/adr/0010-deployment.md why it is so.
"""
