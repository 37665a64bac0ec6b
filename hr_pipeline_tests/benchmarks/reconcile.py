"""Plan and apply as a trial, beside a bare hash join of the same keys and reading the same Parquet.

May import: `hr_pipeline`, this room.
"""

from hr_pipeline.adapters.store.staging import TABLES as STAGED
from hr_pipeline_tests.benchmarks.measuring import Laps
from hr_pipeline_tests.benchmarks.stages import every_column
from hr_pipeline_tests.benchmarks.workshop import Workshop, applied

JOIN = """
SELECT count(*) FROM {people} AS s
JOIN link AS l ON l.connection_no = s.connection_no AND l.external_id = s.external_id
WHERE l.row_hash <> s.row_hash
"""


class Reconcile:
    """Plan, apply and checkpoint one night on the store as it was the night before.

    Floors, each on a store just opened, as the plan finds it: `join` is DuckDB's hash join of the staged people with the links on
    (connection, external id), counting those whose hash differs; `read` is DuckDB reading every column of the same Parquet files.
    """

    def __init__(self, shop: Workshop, night: int) -> None:
        self.shop, self.night, self.employees = shop, night, shop.employees
        self.before = "connected" if night == 1 else "first"

    def ready(self) -> None:
        self.shop.restore(self.before)

    def run(self, lap: Laps) -> None:
        with self.shop.store.opened() as database:
            for part in range(len(self.shop.parts)):
                asked = self.shop.asked(database, self.night, part)
                planned = lap.timed("plan", lambda part=part, asked=asked: self.shop.planned(database, self.night, part, asked))
                lap.timed("apply", lambda planned=planned: applied(database, planned))
            lap.timed("checkpoint", database.checkpoint)
        if self.night == 1:
            self.shop.keep_store("first")

    def floor(self, lap: Laps) -> None:
        stage = self.shop.stage(self.night)
        self.shop.restore(self.before)
        with self.shop.store.opened() as database:
            for part in range(len(self.shop.parts)):
                lap.timed("join", lambda part=part: database.value(JOIN.format(people=stage.source(part, "employees"))))
        with self.shop.store.opened() as database:
            for part in range(len(self.shop.parts)):
                for table in STAGED:
                    lap.timed("read", lambda part=part, table=table: database.rows(every_column(stage.source(part, table))))
