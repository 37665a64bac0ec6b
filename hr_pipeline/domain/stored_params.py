"""A refusal's parameters on their way into the store and back: names, counts, ids and phrases, never a person's values.

The words stay in the catalogue, so that a run explained next year is explained in the reader's language. May import: `phrases` and the
rooms whose keys it names.
"""

from collections.abc import Mapping
from enum import StrEnum

from hr_pipeline.domain.delivery_faults import DeliveryFault
from hr_pipeline.domain.mapping_rules import KnownKind, ProblemKind
from hr_pipeline.domain.phrases import Phrase
from hr_pipeline.domain.pull_faults import PullFault
from hr_pipeline.domain.vat import VatFault

_KEYS: Mapping[str, type[StrEnum]] = {kind.__name__: kind for kind in (PullFault, VatFault, ProblemKind, KnownKind, DeliveryFault)}


def storable(params: Mapping[str, object]) -> dict[str, object]:
    """JSON-ready form of parameters; those that are None are left out."""
    return {name: _stored(value) for name, value in params.items() if value is not None}


def restored(params: Mapping[str, object]) -> dict[str, object]:
    """The parameters that `storable` wrote, as `messages` takes them."""
    return {name: _read(value) for name, value in params.items()}


def _stored(value: object) -> object:
    key, params = getattr(value, "key", value), getattr(value, "params", {})
    if isinstance(key, StrEnum) and type(key).__name__ in _KEYS:
        return {"phrase": type(key).__name__, "key": key.value, "params": storable(params)}
    if isinstance(value, list | tuple):
        return [_stored(item) for item in value]
    return str(value)


def _read(value: object) -> object:
    if isinstance(value, dict):
        return Phrase(_KEYS[str(value["phrase"])](value["key"]), restored(value["params"]))
    return tuple(_read(item) for item in value) if isinstance(value, list) else value
