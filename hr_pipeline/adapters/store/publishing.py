"""The reporting views as Parquet files under HOME/published, so that nobody needs to open the store while it is in use.

Each file is replaced whole. `outcomes` holds the newest listed sync run of each connection; all of history stays in the store.
May import: `database`.
"""

from contextlib import suppress
from pathlib import Path

from hr_pipeline.adapters.private_files import create_private_folder
from hr_pipeline.adapters.store.database import Database

VIEWS = (
    "accounts",
    "pay",
    "pay_periods",
    "salary_components",
    "links",
    "sync_runs",
    "outcomes",
    "conflicts",
    "field_changes",
    "exclusions",
    "connections",
    "reversals",
)

_NEWEST = " WHERE sync_run_id IN (SELECT 'r' || last_listed_run_no FROM connection)"


def publish_views(database: Database, home: Path) -> Path:
    """Write every reporting view; returns the folder. Never called when the store is encrypted. One that can't be written leaves what was there."""
    folder = home / "published"
    create_private_folder(folder)
    for view in VIEWS:
        target, unfinished = folder / f"{view}.parquet", folder / f".{view}.parquet.unfinished"
        path = str(unfinished).replace("'", "''")
        try:
            database.run(
                f"COPY (FROM reporting.{view}{_NEWEST if view == 'outcomes' else ''}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
            )
            unfinished.chmod(0o600)
            unfinished.replace(target)
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
    return folder
