"""Nobody is ever linked to somebody else's account, and hardly anybody gets a second one: on generated people, with real plans."""

from pathlib import Path

import pytest

from hr_pipeline_tests.benchmarks.__main__ import match
from hr_pipeline_tests.benchmarks.matching import Matching, matched, total

# What no rule can find: nothing that is left agrees (docs/matching.md).
LOST = {"both mistyped, birth date unknown", "mistyped name and birth date", "married name, birth date unknown"}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Matching:
    return matched(tmp_path_factory.mktemp("matching"), companies=2, each=5, seed=7)


def test_nobody_is_linked_to_somebody_elses_account(found: Matching) -> None:
    assert found.total.wrongly_linked == 0
    assert found.total.linked > 0


def test_who_has_an_account_that_can_be_found_is_linked_to_it_or_asked_about_it(found: Matching) -> None:
    findable = total({kind: tally for kind, tally in found.known.items() if kind not in LOST})
    assert findable.recall is not None
    assert findable.recall >= 0.95
    assert findable.precision is not None
    assert findable.precision >= 0.9


def test_each_kind_of_variation_is_mostly_found(found: Matching) -> None:
    poor = {kind: tally.recall for kind, tally in found.known.items() if kind not in LOST and (tally.recall or 0) < 0.7}
    assert not poor


def test_what_can_not_be_found_is_known_to_be_lost(found: Matching) -> None:
    assert {kind for kind, tally in found.known.items() if tally.recall == 0} == LOST


def test_a_similar_name_born_on_another_day_and_a_name_nobody_bears_are_hardly_ever_asked_about(found: Matching) -> None:
    quiet = total({kind: found.tallies[kind] for kind in ("nobody known", "similar name, another birth date")})
    assert quiet.strangers <= 0.1 * quiet.people


def test_shared_and_recycled_addresses_are_always_a_question(found: Matching) -> None:
    for kind in ("address of the family", "recycled address", "namesake, another birth date"):
        assert found.tallies[kind].strangers == found.tallies[kind].people


def test_the_command_prints_every_kind_and_the_wrong_links(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        match(tmp_path, companies=1, each=1, seed=1)
    printed = capsys.readouterr().out
    assert ended.value.code == 0
    assert "Wrong automatic links: 0" in printed
    for kind in LOST | {"everybody", "recycled address", "precision", "recall"}:
        assert kind in printed
