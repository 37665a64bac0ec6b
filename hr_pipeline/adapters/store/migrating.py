"""Bringing a store to this program's schema: forward only, one transaction per step, hashes of another DuckDB made anew.

The steps are the files of `migrations/`; an applied one is never edited. May import: `domain`, `database`.
"""

from hashlib import sha256
from importlib import resources

from hr_pipeline.adapters.store.database import Database, statement
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Permanent

MIGRATIONS = resources.files("hr_pipeline.adapters.store") / "migrations"
CANARY = "hr_pipeline: DuckDB promises nothing about hash() across versions"


def migrate(database: Database) -> None:
    """Bring the schema forward, one transaction per migration; an applied migration is never edited.

    Raises:
        Permanent: `STORE_UNREADABLE` when the store is newer than this program or a migration was edited.
    """
    database.run("CREATE TABLE IF NOT EXISTS migration (version INTEGER NOT NULL, name VARCHAR NOT NULL, digest VARCHAR NOT NULL)")
    applied = {row["version"]: row["digest"] for row in database.rows("SELECT version, digest FROM migration")}
    known = sorted(MIGRATIONS.iterdir(), key=lambda file: file.name)
    files = {int(file.name[:4]): file for file in known if file.name.endswith(".sql")}
    digests = {version: sha256(file.read_bytes()).hexdigest() for version, file in files.items()}
    if any(digests.get(version) != digest for version, digest in applied.items()):
        raise Permanent(Code.STORE_UNREADABLE, file="migrations", reason="newer")
    for version in sorted(files.keys() - applied.keys()):
        with database.transaction():
            database.run(files[version].read_text(encoding="utf-8"))
            database.run("INSERT INTO migration VALUES (?, ?, ?)", [version, files[version].name, digests[version]])
    if files.keys() - applied.keys():
        database.run(statement("reporting_views"))
    _check_hashes(database)


def _check_hashes(database: Database) -> None:
    """Make stored hashes anew when DuckDB's hash() has changed under them; then everybody is compared once, column by column."""
    kept = database.value("SELECT hash FROM engine_canary")
    now = database.value("SELECT hash(?)", [CANARY])
    if kept == now:
        return
    with database.transaction():
        if kept is not None:
            database.run("UPDATE link SET row_hash = 0")
            database.run(statement("account_hashes_anew"))
        database.run("DELETE FROM engine_canary")
        database.run("INSERT INTO engine_canary VALUES (?)", [now])
