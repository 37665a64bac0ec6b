"""Filling in the configuration files beside this module. May import: nothing of ours."""

from pathlib import Path
from string import Template


class _Configuration(Template):
    """`@{name}`: nginx and supervisor have their own use for dollars and percents."""

    delimiter = "@"


def filled_in(file: str, /, **values: object) -> str:
    """A configuration file with its values; one that is not given, or not asked for, is a mistake of ours."""
    template = _Configuration((Path(__file__).parent / file).read_text(encoding="utf-8").replace("`@{…}`", "`@@{…}`"))
    if unknown := values.keys() - set(template.get_identifiers()):
        raise KeyError(*unknown)
    return template.substitute(values)
