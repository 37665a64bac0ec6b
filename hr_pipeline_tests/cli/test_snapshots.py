"""`snapshots` and `replay`: which lists are kept, and what today's rules would make of them."""

from hr_pipeline_tests.cli.commands import BRASSERIE, FONTCLAIRE, IMPRIMERIE, Commands
from hr_pipeline_tests.cli.conftest import Scene


def test_kept_snapshots_are_listed_with_the_runs_that_used_them(first_night: Scene) -> None:
    listed = first_night.hp.document("snapshots")
    assert {one["connection_id"] for one in listed} == set(first_night.ids.values()) - {first_night.ids[IMPRIMERIE]}
    (one,) = first_night.hp.document("snapshots", first_night.ids[BRASSERIE])
    assert (one["employees"], one["runs"], one["newest"]) == (37, ["r1"], True)
    assert f"Next: hr-pipeline replay {one['snapshot_id']}" in first_night.hp.run("snapshots", first_night.ids[BRASSERIE]).stdout


def test_without_any_snapshot_it_is_said_how_to_have_one(hp: Commands) -> None:
    assert "No snapshot is kept." in hp.run("snapshots").stdout
    assert hp.refusal("snapshots", "nope")["code"] == "UNKNOWN_CONNECTION"


def test_a_replay_right_after_the_night_finds_nothing_left_to_do_but_for_those_who_need_somebody(first_night: Scene) -> None:
    (kept,) = first_night.hp.document("snapshots", first_night.ids[BRASSERIE])
    found = first_night.hp.document("replay", kept["snapshot_id"])
    assert (found["connection_id"], found["newest"], found["then"]["sync_run_id"]) == (first_night.ids[BRASSERIE], True, "r1")
    assert all(row["settled"] for row in found["rows"])
    assert len(found["rows"]) == found["then"]["counts"]["created"] + found["then"]["counts"]["linked"]
    assert found["now"]["buckets"] == found["now"]["buckets"] | {"new": 0, "rejected": 4, "conflict": 2, "updated": 0}
    shown = first_night.hp.run("replay", kept["snapshot_id"]).stdout
    assert "Nothing is written." in shown
    assert "went through then and need nothing now." in shown
    assert f"hr-pipeline preview {first_night.ids[BRASSERIE]} --snapshot {kept['snapshot_id']}" in shown


def test_a_replay_shows_then_and_now_side_by_side_in_the_readers_language(played: Scene) -> None:
    played.hp.document("connection", played.ids[FONTCLAIRE], "change", "--region", "FR")
    (kept,) = played.hp.document("snapshots", played.ids[FONTCLAIRE])
    found = played.hp.document("replay", kept["snapshot_id"])
    moved = [row for row in found["rows"] if not row["settled"]]
    assert len(moved) == found["now"]["buckets"]["updated"] > 0
    assert {(row["then"]["outcome"], row["now"]["outcome"], *row["now"]["changed"]) for row in moved} == {("created", "updated", "phone")}
    shown = played.hp.run("replay", kept["snapshot_id"], "--lang", "fr").stdout
    assert "numéro de téléphone" in shown
    assert "01 99" not in shown


def test_a_snapshot_that_is_not_kept_is_refused_with_where_to_look(hp: Commands) -> None:
    refused = hp.refusal("replay", "snap-of-nobody")
    assert refused["code"] == "UNKNOWN_SNAPSHOT"
    assert "hr-pipeline snapshots" in refused["next"]
