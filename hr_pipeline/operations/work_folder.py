"""The work folder of a home: what runs, previews and backups put aside while they are at it, and what killed ones left there.

May import: `adapters`, `domain`, this room.
"""

import shutil
from pathlib import Path

from hr_pipeline.adapters.private_files import FOLDER_MODE, folder_is_held
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.leases import held_leases
from hr_pipeline.operations.workplace import Workplace

WORK = "work"


def work_folder(work: Workplace, name: str) -> Path:
    """A folder of somebody at work: a sync's, named as the holder of its leases, or one that is held (`private_files.held_folder`)."""
    return work.home / WORK / name


def sweep_work(work: Workplace, database: Database) -> None:
    """Remove what killed syncs, previews and backups left: their leases and locks are gone with them."""
    living = {lease.holder for lease in held_leases(database)}
    folder = work.home / WORK
    if not folder.is_dir():
        return
    folder.chmod(FOLDER_MODE)  # older versions left it open to others
    for left in folder.iterdir():
        if left.name not in living and not folder_is_held(left):
            shutil.rmtree(left, ignore_errors=True)
