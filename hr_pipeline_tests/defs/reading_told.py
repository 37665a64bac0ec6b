"""Reading back what Dagster was told: the rows of a table, a value. May import: nothing of ours."""

from typing import Any

import dagster as dg


def cells(told: dg.AssetMaterialization, name: str) -> list[dict[str, Any]]:
    """Rows of a table in the metadata."""
    shown = told.metadata[name]
    assert isinstance(shown, dg.TableMetadataValue)
    return [dict(record.data) for record in shown.records]


def value(told: dg.AssetMaterialization, name: str) -> Any:
    """A number, a word or the text of a picture."""
    return told.metadata[name].value
