"""A part of a sentence that a `Refusal` carries as a parameter and that must be said in the reader's language.

The words live in the `[phrases]` of `catalogue.toml`, under the key's class and value; `messages` renders them. May
import: nothing of ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Phrased(Protocol):
    """Anything that `messages` can say: a key of the phrases and values for its placeholders."""

    @property
    def key(self) -> StrEnum:
        """Member of a closed list; its class names the section of the phrases."""

    @property
    def params(self) -> Mapping[str, object]:
        """Values for the placeholders."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """The plain case of `Phrased`."""

    key: StrEnum
    params: Mapping[str, object]
