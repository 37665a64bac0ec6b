"""What somebody types for a person: an account's id, an e-mail address, an id or number, or a name; as what it is compared by.

Which people it means is the store's question (`adapters.store.people`). May import: `text`.
"""

import re
from dataclasses import dataclass

from hr_pipeline.domain.text import email_folded, folded

LEAST_LETTERS = 3  # of a part of a name; a whole first or last name may be shorter (Li, Ng)


@dataclass(frozen=True, slots=True)
class Whom:
    """A person as typed.

    Attributes:
        text: As typed, trimmed: compared with external ids and employee numbers.
        account_no: What `a17` means; None when it is not the form of an account's id.
        email_key: The address as addresses are compared; None when it is none.
        words: Folded parts of a name, each to be found in the person's names; empty when it can't be a name or is too short for a part.
        name: The whole of it, folded: compared with whole first and last names. None when it can't be a name: nobody's has a digit.
    """

    text: str
    account_no: int | None
    email_key: str | None
    words: tuple[str, ...]
    name: str | None

    @property
    def is_name(self) -> bool:
        """Whether a name may be meant."""
        return self.name is not None

    def may_stand_in(self, text: str) -> bool:
        """Whether somebody of this name may be in a folded text: as a whole, in two parts (first and last name), or word by word."""
        if self.name is None:
            return False
        if self.words and all(word in text for word in self.words):
            return True
        middle = len(self.name) // 2  # wherever it is cut in two, one of the halves is whole
        if self.name[:middle] not in text and self.name[middle:] not in text:
            return False
        return any(self.name[:cut] in text and self.name[cut:] in text for cut in range(len(self.name)))


def whom(typed: str) -> Whom:
    """What is typed, read in every way it can be meant."""
    text = typed.strip()
    if "@" in text:
        return Whom(text, None, email_folded(text), (), None)
    account = re.fullmatch(r"[aA](\d{1,18})", text, re.ASCII)
    words = tuple(key for word in text.split() if (key := folded(word)))
    name = "".join(words)
    if not any(letter.isalpha() for letter in name) or any(letter.isdigit() for letter in name):
        return Whom(text, int(account[1]) if account else None, None, (), None)
    is_enough = any(len(word) >= LEAST_LETTERS for word in words)
    return Whom(text, int(account[1]) if account else None, None, words if is_enough else (), name)
