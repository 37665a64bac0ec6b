"""Whom an employee in question might be: likely twins that neither e-mail nor name finds, and the evidence shown for every candidate.

Part of `planning`, over its temporary tables. The judgement of names is `domain.names`', the weights are `domain.evidence`'s.
May import: `domain`, `database`.
"""

import pyarrow as pa

from hr_pipeline.adapters.store.database import Database, statement
from hr_pipeline.domain.evidence import weights
from hr_pipeline.domain.names import likenesses

_NAMES = ("first_name", "last_name", "birth_name", "account_first_name", "account_last_name", "account_birth_name")
_WEIGHT = pa.schema([("field", pa.string()), ("verdict", pa.string()), ("bearers", pa.int64()), ("weight", pa.int64())])


def look_for_twins(database: Database) -> None:
    """Make a question of everybody who would be created beside somebody alike; `similar_candidate` names the accounts."""
    database.run(statement("similar_pair"))
    pairs = database.table(f"SELECT connection_no, row, account_no, {', '.join(_NAMES)}, same_birth_date FROM similar_pair")
    alike = likenesses(*(pairs.column(name).cast(pa.string()) for name in _NAMES), pairs.column("same_birth_date"))
    database.run("DROP TABLE similar_pair")
    found = pairs.select(["connection_no", "row", "account_no"]).filter(alike)
    if found.num_rows:
        with database.with_frame("found_in", found):
            database.run("INSERT INTO similar_candidate BY NAME FROM found_in")
        database.run(statement("similar_decision"))


def explain_candidates(database: Database) -> None:
    """Fill `candidate`: for each conflict its accounts with what agrees, what differs and the weights that make the score."""
    with database.with_frame("evidence_in", pa.Table.from_pylist(weights(), schema=_WEIGHT)):
        database.run("CREATE OR REPLACE TEMP TABLE evidence AS FROM evidence_in")
    database.run(statement("candidate"))
