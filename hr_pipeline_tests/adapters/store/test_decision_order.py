"""The decision order of §3: every story ends as the spec says, and a relaunch changes nothing and decides the same."""

import pytest

from hr_pipeline_tests.adapters.store.stories_of_emails import CHANGES, CORRELATED
from hr_pipeline_tests.adapters.store.stories_of_names import BIRTH_DATES, REHIRES, SAME_NAMES
from hr_pipeline_tests.adapters.store.stories_of_order import FIRST
from hr_pipeline_tests.adapters.store.stories_of_twins import KNOWN, TWINS
from hr_pipeline_tests.gallery import Gallery
from hr_pipeline_tests.small_platform import Platform

STORIES = FIRST | CHANGES | CORRELATED | SAME_NAMES | BIRTH_DATES | REHIRES | TWINS | KNOWN


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Gallery:
    return Gallery(Platform(tmp_path_factory.mktemp("gallery")), STORIES)


@pytest.mark.parametrize("title", STORIES)
def test_each_story_ends_as_the_spec_says(gallery: Gallery, title: str) -> None:
    assert gallery.told[title].outcomes == STORIES[title].expected


@pytest.mark.parametrize("title", STORIES)
def test_a_relaunch_decides_the_same_and_changes_nothing(gallery: Gallery, title: str) -> None:
    told = gallery.told[title]
    settled = {key: outcome if outcome not in ("created", "linked", "updated") else "unchanged" for key, outcome in told.outcomes.items()}
    assert told.again == settled
    assert [run.pay["applied"] for run in told.runs_again.values()] == [0] * len(told.connections)


@pytest.mark.parametrize("title", STORIES)
def test_every_employee_has_exactly_one_outcome(gallery: Gallery, title: str) -> None:
    for runs in (gallery.told[title].runs, gallery.told[title].runs_again):
        for letter, run in runs.items():
            listed = len(STORIES[title].nights[-1].people(letter))
            rows = gallery.platform.value("SELECT count(*) FROM reporting.outcomes WHERE sync_run_id = ?", [run.sync_run_id])
            assert run.counts.conserved
            assert (run.counts.source, rows) == (listed, listed)


def test_a_relaunch_writes_no_data_at_all(gallery: Gallery) -> None:
    assert gallery.changed_by_relaunch == []
