"""A backup unpacked aside: a private folder for a while, the key it was made under, and its store.

What is done with it is `verifying`'s and `restoring`'s. May import: `adapters`, `domain`, this room.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hr_pipeline.adapters.backup_file import STORE, Facts
from hr_pipeline.adapters.private_files import held_folder
from hr_pipeline.adapters.store.opening import Store
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Permanent
from hr_pipeline.operations.work_folder import work_folder
from hr_pipeline.operations.workplace import Workplace


@contextmanager
def scratch(work: Workplace) -> Iterator[Path]:
    """A private folder for a while; a sync or a backup sweeps it when this process is killed."""
    folder = work_folder(work, work.new_id("backup", work.today))
    with held_folder(folder):
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def former_key(work: Workplace, facts: Facts, key: str | None) -> str | None:
    """The key a backup was made under.

    Raises:
        Permanent: `STORE_KEY_REFUSED` when it needs one and none is known.
    """
    if not facts.encrypted:
        return None
    if found := key or work.environment.store_key:
        return found
    raise Permanent(Code.STORE_KEY_REFUSED, reason="key", store="backup")


def unpacked_store(folder: Path, key: str | None) -> Store:
    """The store of a backup that was unpacked into a folder."""
    return Store(folder / STORE, key=key, folders=(folder,))
