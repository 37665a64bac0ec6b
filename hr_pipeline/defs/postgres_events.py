"""Dagster's PostgreSQL storage, with a grid that asks little at size. Needs the extra `deploy`.

The same tables, rows and answers as Dagster's own. May import: `planned_partitions`.
"""

from typing import Any

from dagster import StringSource
from dagster._config.config_schema import UserConfigSchema
from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage, PostgresEventLogStorage

from hr_pipeline.defs.planned_partitions import PlansFirst


class PlansFirstEventLog(PlansFirst, PostgresEventLogStorage):
    """Finds quickly what was planned and not materialised."""


class PlansFirstPostgresStorage(DagsterPostgresStorage):
    """What `dagster.yaml` names as storage where there is a PostgreSQL."""

    def __init__(self, postgres_url: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(postgres_url, inst_data=inst_data)
        self._event_log_storage = PlansFirstEventLog(postgres_url)

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """The address; it may be named by an environment variable."""
        return {"postgres_url": StringSource}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> "PlansFirstPostgresStorage":
        """From `dagster.yaml`."""
        return cls(config_value["postgres_url"], inst_data)
