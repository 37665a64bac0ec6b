"""Running the pandera schemas and telling what they find: rows, fields and rules, never a value.

Not here: the rules (`schemas`), reading text (`parsing`). May import: `arrow`, `checks`, `fields`, `frames`, `rules`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from pandera.config import ValidationDepth, config_context
from pandera.errors import SchemaError, SchemaErrorReason, SchemaErrors

from hr_pipeline.domain.arrow import Array, taken
from hr_pipeline.domain.checks import Judge
from hr_pipeline.domain.fields import FIELDS
from hr_pipeline.domain.frames import PROBLEMS
from hr_pipeline.domain.rules import Finding, Mask, Rows, Rule

_FIELDS: tuple[str | None, ...] = (*(field.name for field in FIELDS), None)
_PLACES = {name: place for place, name in enumerate(_FIELDS)}


@dataclass(frozen=True, slots=True)
class Problems:
    """Findings about people put in order: by person, then by field in the order of `FIELDS`, each told once.

    Attributes:
        table: The schema PROBLEMS.
        reject_code: Code of each person's first error; null when valid.
        reject_field: Field of that error.
    """

    table: pa.Table
    reject_code: Array
    reject_field: Array


def findings(judge: Judge, columns: Mapping[str, Array], unread: Sequence[Finding] = ()) -> list[Finding]:
    """What a schema finds in a frame, every rule judged (lazy), by position.

    Args:
        judge: The schema with its rules.
        columns: The frame's columns, in the schema's types.
        unread: What parsing has already said: a value that could not be read is not also missing.

    Raises:
        TypeError: The frame has not the schema's columns or types; a mistake of ours, told without values.
    """
    frame = pa.table({name: columns[name] for name in judge.schema.columns}).to_pandas(types_mapper=pd.ArrowDtype)
    try:
        # Pandera can be switched off or down by an environment variable. Not here: an unjudged row would be written as a valid one.
        with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            judge.schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        found = [_finding(judge, frame, error, unread) for error in errors.schema_errors]
    else:
        return []
    return [finding for finding in found if len(finding.rows)]


def blocked(found: Sequence[Finding], rows: int) -> Mask:
    """Rows with at least one error."""
    mask = np.zeros(rows, dtype=np.bool_)
    for finding in found:
        if finding.rule.blocking:
            mask[finding.rows] = True
    return mask


def problems(found: Sequence[Finding], connection_id: Array, row: Array, external_id: Array) -> Problems:
    """The findings about people as a table, and each person's first error.

    Args:
        found: Findings by position in the list of people.
        connection_id: Of each person; the other two likewise.
        row: Position in the provider's list.
        external_id: Null where none came.
    """
    rules = list(dict.fromkeys(finding.rule for finding in found))
    width = len(rules)
    # One integer per problem, whose order is the order wanted and whose uniqueness is "told once".
    keys = [(f.rows * len(_FIELDS) + _PLACES[f.field]) * width + rules.index(f.rule) for f in found]
    problem = np.unique(np.concatenate(keys)) if keys else np.zeros(0, dtype=np.int64)
    person, place = np.divmod(problem // max(width, 1), len(_FIELDS))
    rule = problem % max(width, 1)
    field = taken(pa.array(_FIELDS, pa.string()), place)
    code = taken(pa.array([str(r.code) for r in rules], pa.string()), rule)
    blocking = np.array([r.blocking for r in rules], dtype=np.bool_)[rule]
    text = taken(pa.array([r.text for r in rules], pa.string()), rule)
    who = [taken(column, person) for column in (connection_id, row, external_id)]
    columns: list[Array] = [*who, code, field, text, pa.array(blocking)]
    rejected, first = np.unique(person[blocking], return_index=True)
    first_error = np.full(len(row), -1, dtype=np.int64)
    first_error[rejected] = np.flatnonzero(blocking)[first]
    return Problems(pa.Table.from_arrays(columns, schema=PROBLEMS), taken(code, first_error), taken(field, first_error))


def orphans(rule: Rule, connection_id: Array, reference: Array) -> pa.Table:
    """PROBLEMS rows for pay whose person is not listed: once per person referred to, whatever the number of rows."""
    distinct = pa.table({"connection_id": connection_id, "external_id": reference}).group_by(["connection_id", "external_id"]).aggregate([])
    said = {"row": None, "code": str(rule.code), "field": None, "rule": rule.text, "blocking": rule.blocking}
    columns = [
        pa.repeat(pa.scalar(said[name], PROBLEMS.field(name).type), distinct.num_rows) if name in said else distinct[name]
        for name in PROBLEMS.names
    ]
    return pa.Table.from_arrays(columns, schema=PROBLEMS)


def _finding(judge: Judge, frame: pd.DataFrame, error: SchemaError, unread: Sequence[Finding]) -> Finding:
    """One failed check or null column as positions (the frame's index is 0, 1, 2 …)."""
    column = str(error.schema.name)
    if error.reason_code is SchemaErrorReason.SERIES_CONTAINS_NULLS:
        known = [np.zeros(0, dtype=np.int64), *(finding.rows for finding in unread if finding.field == column)]
        missing = np.setdiff1d(_rows(frame[column].isna()), np.concatenate(known))
        return Finding(column, judge.missing[column], missing)
    if error.reason_code is SchemaErrorReason.DATAFRAME_CHECK and error.check_output is not None:
        check = judge.checks[str(error.check.name)]
        return Finding(check.field, check.rule, _rows(~error.check_output.fillna(value=True)))
    raise TypeError(f"schema {judge.schema.name}, column {column}: {error.reason_code}") from None


def _rows(verdicts: "pd.Series[bool]") -> Rows:
    """Positions at which a verdict is true; a check on a column with nulls has only the others."""
    rows: Rows = verdicts.index.to_numpy()[verdicts.to_numpy(dtype=np.bool_)].astype(np.int64)
    return rows
