"""The stages of a sync as trials, up to the staged part. Each floor is measured on the same pages or the same people.

May import: `hr_pipeline`, this room.
"""

import json
import shutil
from collections.abc import Iterator

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from hr_pipeline.adapters.landing import landed_pages, landing, landing_path
from hr_pipeline.adapters.providers import PROVIDERS
from hr_pipeline.adapters.store.engine import engine
from hr_pipeline.adapters.store.staging import TABLES as STAGED
from hr_pipeline.domain.conform import conformed
from hr_pipeline.domain.frames import Conformed, ProviderFrames
from hr_pipeline.operations.conforming import CHUNK_PEOPLE
from hr_pipeline_tests.benchmarks.measuring import Laps
from hr_pipeline_tests.benchmarks.population import Firm, night_date
from hr_pipeline_tests.benchmarks.workshop import TABLES, Workshop

SNAPSHOT = "snap-bench"
GROUPS = ("identity", "pay", "components")


class Land:
    """Pages in hand → landing files, durable. Floor: the same bytes read from one Parquet file."""

    def __init__(self, shop: Workshop, night: int) -> None:
        self.shop, self.night, self.employees = shop, night, shop.employees

    def ready(self) -> None:
        shutil.rmtree(self.shop.folder / "landing", ignore_errors=True)

    def run(self, lap: Laps) -> None:
        hashes = {}
        for firm, pages in self.shop.pages(self.night):
            with lap("land"), landing(self.shop.folder, firm.connection_id, SNAPSHOT, None) as file:
                for page, _ in pages:
                    file.add(page)
                hashes[firm.connection_id] = file.finish().content_hash
        (self.shop.folder / "landed.json").write_text(json.dumps(hashes))

    def floor(self, lap: Laps) -> None:
        with lap("read"), pq.ParquetFile(self.shop.pages_path(self.night)) as file:
            for batch in file.iter_batches():
                del batch


class Decode:
    """Landing files → provider frames, in the chunks that `operations.conforming` judges. Floor: orjson over the same pages."""

    def __init__(self, shop: Workshop, night: int) -> None:
        self.shop, self.night, self.employees = shop, night, shop.employees
        self.hashes = json.loads((shop.folder / "landed.json").read_text())

    def ready(self) -> None:
        return

    def chunks(self) -> Iterator[list[Firm]]:
        """Companies of one provider, at most so many people."""
        for provider in PROVIDERS:
            chunk: list[Firm] = []
            for firm in (one for one in self.shop.firms if one.company.provider.value == provider):
                if sum(one.headcount for one in chunk) + firm.headcount > CHUNK_PEOPLE:
                    yield chunk
                    chunk = []
                chunk.append(firm)
            if chunk:
                yield chunk

    def frames(self, chunk: list[Firm]) -> ProviderFrames:
        """What one chunk sent."""
        found = []
        for firm in chunk:
            pages = landed_pages(landing_path(self.shop.folder, firm.connection_id, SNAPSHOT), None, self.hashes[firm.connection_id])
            found.append(PROVIDERS[firm.company.provider.value].frames(firm.connection_id, pages, night_date(self.night)))
        return ProviderFrames(*(pa.concat_tables([getattr(one, name) for one in found]) for name in GROUPS))

    def run(self, lap: Laps) -> None:
        for chunk in self.chunks():
            with lap("decode"):
                self.frames(chunk)

    def floor(self, lap: Laps) -> None:
        for _, pages in self.shop.pages(self.night):
            with lap("orjson"):
                for page, _ in pages:
                    orjson.loads(page.body)


class Validate(Decode):
    """Provider frames → typed, judged people. Floor: the same frames read from Parquet."""

    def run(self, lap: Laps) -> None:
        self.judged: list[Conformed] = []
        for number, chunk in enumerate(self.chunks()):
            frames = self.frames(chunk)
            for group in GROUPS:
                pq.write_table(getattr(frames, group), self.shop.folder / f"frames-{number}-{group}.parquet", compression="lz4")
            settings = {firm.connection_id: firm.connection.settings for firm in chunk}
            mapping = PROVIDERS[chunk[0].company.provider.value].default_mapping
            with lap("validate"):
                self.judged.append(conformed(frames, mapping, settings, night_date(self.night)))

    def floor(self, lap: Laps) -> None:
        for path in sorted(self.shop.folder.glob("frames-*.parquet")):
            with lap("read"):
                pq.read_table(path)


class ValidateAndKeep(Validate):
    """The same, keeping what it gave for the trials that follow."""

    def run(self, lap: Laps) -> None:
        super().run(lap)
        self.shop.keep_conformed(
            self.night, Conformed(**{name: pa.concat_tables([getattr(one, name) for one in self.judged]) for name in TABLES})
        )


class StageParts:
    """Judged people → the Parquet the plan reads, each row hashed, a part at a time. Floor: every column of that Parquet read."""

    def __init__(self, shop: Workshop, night: int) -> None:
        self.shop, self.night, self.employees = shop, night, shop.employees
        self.numbers = shop.numbers()

    def ready(self) -> None:
        self.shop.stage(self.night).remove()

    def run(self, lap: Laps) -> None:
        for part, members in enumerate(self.shop.parts):
            frames = self.shop.conformed(self.night, part)
            numbers = {firm.connection_id: self.numbers[firm.connection_id] for firm in members}
            with lap("stage"):
                counts = self.shop.stage(self.night).write(part, frames, numbers)
            self.shop.keep_counts(self.night, part, counts)

    def floor(self, lap: Laps) -> None:
        with engine(None) as connection:
            for part in range(len(self.shop.parts)):
                for table in STAGED:
                    sql = every_column(self.shop.stage(self.night).source(part, table))
                    lap.timed("read", lambda sql=sql: connection.execute(sql).fetchall())


class Draw:
    """The pages of a night, for the trials that start from pages."""

    def __init__(self, shop: Workshop, night: int) -> None:
        self.shop, self.night, self.employees = shop, night, shop.employees

    def ready(self) -> None:
        return

    def run(self, lap: Laps) -> None:
        lap.timed("draw", lambda: self.shop.write_pages(self.night))

    def floor(self, lap: Laps) -> None:
        return


def every_column(source: str) -> str:
    """SQL that has to decode every value of a Parquet file, and little else."""
    return f"SELECT min(COLUMNS(*)) FROM {source}"
