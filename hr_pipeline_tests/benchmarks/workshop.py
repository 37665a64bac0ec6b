"""The folder a benchmark works in: pages, landed and conformed snapshots, staged parts, stores; made once, used by every trial.

Not timed. May import: `hr_pipeline`, this room.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from hr_pipeline.adapters.providers import PROVIDERS
from hr_pipeline.adapters.providers.protocol import Page
from hr_pipeline.adapters.store.applying import Attempt, SyncRun, apply_plans
from hr_pipeline.adapters.store.connections import StoredConnection, add_connection, stored_connections
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.opening import Store
from hr_pipeline.adapters.store.plan import Asked, Plan
from hr_pipeline.adapters.store.planning import plans
from hr_pipeline.adapters.store.staging import Stage, StagedCounts
from hr_pipeline.domain.frames import COMPONENTS, EMPLOYEES, PERIODS, PROBLEMS, Conformed
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline_tests.benchmarks.population import BLOCK, BLOCK_PEOPLE, Firm, firms, night_date

PART_BLOCKS = 10  # a part holds about a million people, as in operations.conforming
TABLES = {"employees": EMPLOYEES, "components": COMPONENTS, "problems": PROBLEMS, "periods": PERIODS}
NOW = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Workshop:
    """Everything for one number of employees, under one folder."""

    folder: Path
    employees: int

    @property
    def firms(self) -> list[Firm]:
        """Its companies."""
        return firms(self.employees)

    @property
    def parts(self) -> list[list[Firm]]:
        """The companies of each part."""
        return [self.firms[start : start + PART_BLOCKS * BLOCK] for start in range(0, len(self.firms), PART_BLOCKS * BLOCK)]

    # Pages

    def pages_path(self, night: int) -> Path:
        """Parquet of a night's pages, a row group per company."""
        return self.folder / f"pages-{night}.parquet"

    def write_pages(self, night: int) -> None:
        """Draw the pages of a night."""
        schema = pa.schema([("resource", pa.string()), ("number", pa.int32()), ("rows", pa.int32()), ("body", pa.binary())])
        with pq.ParquetWriter(self.pages_path(night), schema, compression="lz4", use_dictionary=False, write_statistics=False) as writer:
            for firm in self.firms:
                rows = [(page.resource, page.number, count, page.body) for page, count in firm.pages(night)]
                writer.write_batch(
                    pa.record_batch([pa.array(c, f.type) for c, f in zip(zip(*rows, strict=True), schema, strict=True)], schema=schema)
                )

    def pages(self, night: int) -> Iterator[tuple[Firm, list[tuple[Page, int]]]]:
        """Each company with its pages and their numbers of rows."""
        with pq.ParquetFile(self.pages_path(night)) as file:
            for group, firm in enumerate(self.firms):
                columns = file.read_row_group(group).to_pydict()
                yield firm, [(Page(r, n, body), rows) for r, n, rows, body in zip(*columns.values(), strict=True)]

    # Conformed people

    def keep_conformed(self, night: int, frames: Conformed) -> None:
        """Keep what validation gave, for the trials after it."""
        for name in TABLES:
            with pa.OSFile(str(self._frame_path(night, name)), "wb") as sink, pa.ipc.new_file(sink, TABLES[name]) as writer:
                writer.write_table(getattr(frames, name))

    def conformed(self, night: int, part: int = 0) -> Conformed:
        """The people of one part: what validation gave for the drawn companies, and copies of it for the others."""
        frames = Conformed(**{name: pa.ipc.open_file(pa.memory_map(str(self._frame_path(night, name)))).read_all() for name in TABLES})
        blocks = sorted({firm.block for firm in self.parts[part]})
        return frames if blocks == [0] else Conformed(**{name: copied(getattr(frames, name), blocks) for name in TABLES})

    def _frame_path(self, night: int, name: str) -> Path:
        return self.folder / f"conformed-{night}-{name}.arrow"

    def borrow_conformed(self, smaller: "Workshop") -> None:
        """Take over the frames of a workshop that holds the drawn companies."""
        for path in smaller.folder.glob("conformed-*.arrow"):
            shutil.copy(path, self.folder)

    # The store

    @property
    def store(self) -> Store:
        """The store that trials plan on."""
        return Store(self.folder / "store.duckdb", folders=(self.folder,))

    def restore(self, state: str) -> None:
        """Bring the store back to a kept state."""
        shutil.copy(self.folder / f"{state}.duckdb", self.store.path)

    def keep_store(self, state: str) -> None:
        """Keep the store as it is now."""
        shutil.copy(self.store.path, self.folder / f"{state}.duckdb")

    def connect(self) -> None:
        """A new store with every company connected."""
        self.store.path.unlink(missing_ok=True)
        with self.store.opened() as database:
            add_connections(database, self.firms)
            database.checkpoint()
        self.keep_store("connected")

    def stage(self, night: int) -> Stage:
        """The staged parts of a night."""
        return Stage(self.folder / f"stage-{night}")

    def numbers(self) -> dict[str, int]:
        """Connection id → number; connections are numbered as they were added."""
        return {firm.connection_id: number for number, firm in enumerate(self.firms, start=1)}

    def keep_counts(self, night: int, part: int, counts: dict[str, StagedCounts]) -> None:
        """Keep what `Stage.write` counted."""
        document = {name: [c.employees, c.pay_rows, c.with_pay] for name, c in counts.items()}
        (self.folder / f"counts-{night}-{part}.json").write_text(json.dumps(document))

    def asked(self, database: Database, night: int, part: int = 0) -> list[Asked]:
        """What a night asks of the plan for one part."""
        counts = {name: StagedCounts(*c) for name, c in json.loads((self.folder / f"counts-{night}-{part}.json").read_text()).items()}
        chosen = stored_connections(database, [firm.connection_id for firm in self.parts[part]])
        return [_asked(one, night, counts[one.connection_id]) for one in chosen]

    def planned(self, database: Database, night: int, part: int, asked: list[Asked]) -> list[Plan]:
        """The plans of one part."""
        return plans(database, self.stage(night), part, asked)


def applied(database: Database, planned: list[Plan]) -> list[SyncRun]:
    """Sync runs of one part's plans."""
    return apply_plans(database, planned, Attempt(Trigger.NIGHTLY, NOW), NOW)


def add_connections(database: Database, members: list[Firm]) -> None:
    """Connect companies: the first one by the store's own function, the others as copies of its row, since there are thousands."""
    firsts = {firm.company.provider.value: firm for firm in reversed(members)}
    for provider, firm in sorted(firsts.items(), key=lambda item: item[1].number):
        add_connection(database, firm.connection, PROVIDERS[provider].default_mapping, NOW)
    rest = [firm for firm in members if firm not in firsts.values()]
    known = pa.table(
        {
            "number": pa.array([firm.number + 1 for firm in rest], pa.int32()),
            "id": [firm.connection_id for firm in rest],
            "provider": [firm.company.provider.value for firm in rest],
            "like": [firsts[firm.company.provider.value].connection_id for firm in rest],
        }
    )
    with database.with_frame("rest", known), database.transaction():
        database.run("INSERT INTO company SELECT number, 'Company ' || (number - 1), NULL, NULL FROM rest")
        database.run(
            "INSERT INTO connection SELECT c.* REPLACE (number AS connection_no, number AS company_no, id AS connection_id,"
            ' (number - 1)::VARCHAR AS provider_company_id) FROM rest JOIN connection AS c ON c.connection_id = rest."like" ORDER BY number'
        )


def copied(frame: pa.Table, blocks: list[int]) -> pa.Table:
    """The drawn companies' rows once per block: other companies, other addresses (`population.in_block`)."""
    renamed = f"split_part(connection_id, '-', 1) || '-' || printf('%06d', split_part(connection_id, '-', 2)::INTEGER + b * {BLOCK})"
    moved = [f"{renamed} AS connection_id"]
    moved += [
        f"CASE WHEN b = 0 THEN {c} ELSE replace({c}, '.example', '.b' || b || '.example') END AS {c}"
        for c in ("email", "email_key")
        if c in frame.column_names
    ]
    with duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = false")
        sql = f"SELECT f.* REPLACE ({', '.join(moved)}) FROM frame AS f, (SELECT unnest(?) AS b)"
        return connection.execute(sql, [blocks]).to_arrow_table().cast(frame.schema)


def _asked(one: StoredConnection, night: int, counts: StagedCounts) -> Asked:
    return Asked(one, night_date(night), f"snap-{night}-{one.number}", "0", counts, f"plan-{night}-{one.number}")


assert BLOCK_PEOPLE == 100_000
