"""Landing files: what comes back is what came, whole or not at all, whatever is cut, changed, killed or full."""

import random
import secrets
import traceback
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hr_pipeline.adapters.landing import GROUP_BYTES, Landed, delete_landed, landed_pages, landing, landing_path, sweep_landing
from hr_pipeline.adapters.landing_format import content_hash, page_digest
from hr_pipeline.adapters.private_files import PART
from hr_pipeline.adapters.providers.protocol import Page
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Permanent, Refusal, Transient
from hr_pipeline_tests.adapters.surroundings import file_size_limit, mode, umask

KEY = "an invented key of thirty-two characters or more"
KEYS = pytest.mark.parametrize("key", [None, KEY], ids=["in clear", "sealed"])
CONNECTION = "payfit-ateliers-zoe-cc87"
PAGES = (
    Page("collaborators", 1, '{"collaborators": [{"lastName": "Lefèvre-Martin"}]}'.encode()),
    Page("collaborators", 2, b'{"collaborators": []}'),
    Page("contracts", 1, b'{"contracts": [{"standardWeeklyHours": 28}]}'),
)


def landed(home: Path, pages: Iterable[Page], key: str | None = None, snapshot_id: str = "snapshot-1") -> Landed:
    """A landed snapshot."""
    with landing(home, CONNECTION, snapshot_id, key) as sink:
        for page in pages:
            sink.add(page)
        return sink.finish()


def read_back(snapshot: Landed, key: str | None = None) -> list[Page] | Code:
    """Its pages, or the code they are refused with."""
    try:
        return list(landed_pages(snapshot.path, key, snapshot.content_hash))
    except Permanent as refusal:
        return refusal.code


def files_in(home: Path) -> list[str]:
    """Names of all files under the home."""
    return sorted(path.name for path in home.rglob("*") if path.is_file())


@KEYS
def test_pages_come_back_byte_for_byte_in_the_order_of_resource_and_number(tmp_path: Path, key: str | None) -> None:
    snapshot = landed(tmp_path, reversed(PAGES), key)
    assert read_back(snapshot, key) == list(PAGES)
    assert snapshot.path == tmp_path / "landing" / CONNECTION / "snapshot-1.parquet"
    assert (snapshot.pages, snapshot.bytes) == (3, sum(len(page.body) for page in PAGES))
    assert files_in(tmp_path) == ["snapshot-1.parquet"]


@KEYS
def test_a_snapshot_of_many_row_groups_comes_back_whole(tmp_path: Path, key: str | None) -> None:
    noise = random.Random(1)
    pages = [Page(name, number, noise.randbytes(GROUP_BYTES // 7)) for name in ("workers", "remunerations") for number in range(1, 60)]
    noise.shuffle(pages)
    snapshot = landed(tmp_path, pages, key)
    expected = sorted(pages, key=lambda page: (page.resource, page.number))
    assert all(one == other for one, other in zip(landed_pages(snapshot.path, key, snapshot.content_hash), expected, strict=True))


@given(
    pages=st.dictionaries(st.tuples(st.sampled_from(["a", "aa", "b"]), st.integers(1, 2**31 - 1)), st.binary(max_size=50)), data=st.data()
)
def test_the_hash_depends_on_the_pages_and_not_on_their_order_or_the_key(pages: dict[tuple[str, int], bytes], data: st.DataObject) -> None:
    as_pages = [Page(*place, body) for place, body in pages.items()]
    with TemporaryDirectory() as home:
        one = landed(Path(home), as_pages)
        other = landed(Path(home), data.draw(st.permutations(as_pages)), KEY, "snapshot-2")
        assert one.content_hash == other.content_hash
        assert list(landed_pages(other.path, KEY, one.content_hash)) == sorted(as_pages, key=lambda page: (page.resource, page.number))


def test_no_two_different_snapshots_share_a_hash_by_moving_a_border() -> None:
    pages = [Page("ab", 1, b"c"), Page("a", 1, b"bc"), Page("a", 11, b"c"), Page("a", 1, b"1c"), Page("a", 1, b":c")]
    assert len({content_hash({(page.resource, page.number): page_digest(page)}) for page in pages}) == len(pages)


@KEYS
def test_many_threads_may_add_at_once(tmp_path: Path, key: str | None) -> None:
    pages = [Page(f"list-{number % 3}", number, secrets.token_bytes(40_000)) for number in range(400)]
    with landing(tmp_path, CONNECTION, "snapshot-1", key) as sink, ThreadPoolExecutor(8) as threads:
        list(threads.map(sink.add, pages))
        snapshot = sink.finish()
    assert snapshot.pages == 400
    assert {page.number: page.body for page in landed_pages(snapshot.path, key, snapshot.content_hash)} == {
        page.number: page.body for page in pages
    }


def test_the_same_page_twice_is_a_mistake_and_lands_nothing(tmp_path: Path) -> None:
    with landing(tmp_path, CONNECTION, "snapshot-1", None) as sink:
        sink.add(PAGES[0])
        with pytest.raises(ValueError, match="page 1 of collaborators landed twice"):
            sink.add(PAGES[0])
        with pytest.raises(ValueError, match="landed twice"):
            sink.finish()
    assert files_in(tmp_path) == []


def test_a_page_after_the_end_is_a_mistake(tmp_path: Path) -> None:
    with landing(tmp_path, CONNECTION, "snapshot-1", None) as sink:
        sink.add(PAGES[0])
        sink.finish()
        with pytest.raises(ValueError, match="finished"):
            sink.add(PAGES[1])
    with landing(tmp_path, CONNECTION, "snapshot-2", None) as aborted:
        pass
    with pytest.raises(ValueError, match="closed"):
        aborted.add(PAGES[0])


@KEYS
def test_an_aborted_pull_leaves_nothing_behind(tmp_path: Path, key: str | None) -> None:
    written: list[int] = []

    def pull_that_breaks_off() -> None:
        with landing(tmp_path, CONNECTION, "snapshot-1", key) as sink:
            sink.add(Page("workers", 1, secrets.token_bytes(GROUP_BYTES)))
            written.extend(path.stat().st_size for path in tmp_path.rglob(f".*{PART}"))
            raise Transient(Code.PROVIDER_UNAVAILABLE)

    with pytest.raises(Transient):
        pull_that_breaks_off()
    assert [size > GROUP_BYTES // 2 for size in written] == [True]
    assert files_in(tmp_path) == []


def test_files_and_folders_are_their_owners_only_under_an_open_umask(tmp_path: Path) -> None:
    with umask(0):
        snapshot = landed(tmp_path / "home", PAGES)
    assert mode(snapshot.path) == 0o600
    assert [mode(folder) for folder in list(snapshot.path.parents)[:3]] == [0o700, 0o700, 0o700]


@pytest.mark.parametrize("size", [GROUP_BYTES // 2, 100], ids=["while pages arrive", "at the end"])
@KEYS
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, key: str | None, size: int) -> None:
    pages = [Page("workers", number, secrets.token_bytes(max(size, 1000))) for number in (1, 2, 3)]
    with file_size_limit(size), pytest.raises(Transient) as refused:
        landed(tmp_path, pages, key)
    assert refused.value.code is Code.DISK_FULL
    assert files_in(tmp_path) == []


def test_after_a_failed_write_no_other_thread_can_finish_the_file(tmp_path: Path) -> None:
    with landing(tmp_path, CONNECTION, "snapshot-1", None) as sink:
        with file_size_limit(1000), pytest.raises(Transient):
            sink.add(Page("workers", 1, secrets.token_bytes(GROUP_BYTES)))
        for later in (lambda: sink.add(PAGES[0]), sink.finish):
            with pytest.raises(Transient) as refused:
                later()
            assert refused.value.code is Code.DISK_FULL
    assert files_in(tmp_path) == []


def test_a_sealed_file_shows_nothing_of_its_pages(tmp_path: Path) -> None:
    page = Page("workers", 1, secrets.token_bytes(80))
    clear, sealed = landed(tmp_path, [page], None, "clear"), landed(tmp_path, [page], KEY, "sealed")
    for canary in (page.body, page_digest(page)):
        assert canary in clear.path.read_bytes()
        assert canary not in sealed.path.read_bytes()


@pytest.mark.parametrize("other", [None, "another invented key of thirty-two characters"], ids=["no key", "another key"])
def test_a_sealed_file_with_the_wrong_key_is_refused_as_such(tmp_path: Path, other: str | None) -> None:
    snapshot = landed(tmp_path, PAGES, KEY)
    assert read_back(snapshot, other) is Code.STORE_KEY_REFUSED


def test_a_file_in_clear_stays_readable_after_a_key_is_set(tmp_path: Path) -> None:
    snapshot = landed(tmp_path, PAGES)
    assert read_back(snapshot, KEY) == list(PAGES)


@KEYS
def test_one_changed_byte_anywhere_is_refused_or_changes_nothing(tmp_path: Path, key: str | None) -> None:
    snapshot = landed(tmp_path, PAGES, key)
    whole = snapshot.path.read_bytes()
    answers = []
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << position % 8
        snapshot.path.write_bytes(damaged)
        answers.append(read_back(snapshot, key))
    harmless = answers.count(list(PAGES))  # names and sizes in the footer that nothing reads
    assert harmless < len(whole) // 2
    assert answers.count(Code.STORE_UNREADABLE) + answers.count(Code.STORE_KEY_REFUSED) + harmless == len(whole)


@KEYS
def test_a_file_cut_anywhere_is_refused_with_its_id(tmp_path: Path, key: str | None) -> None:
    snapshot = landed(tmp_path, PAGES, key)
    whole = snapshot.path.read_bytes()
    for length in range(0, len(whole), 7):
        snapshot.path.write_bytes(whole[:length])
        with pytest.raises(Permanent) as refused:
            list(landed_pages(snapshot.path, key, snapshot.content_hash))
        assert (refused.value.code, refused.value.params["file"]) == (Code.STORE_UNREADABLE, f"{CONNECTION}/snapshot-1")


def test_damage_is_found_before_the_damaged_page_is_handed_out(tmp_path: Path) -> None:
    pages = [Page("workers", number, secrets.token_bytes(GROUP_BYTES)) for number in range(1, 5)]
    snapshot = landed(tmp_path, pages)
    damaged = bytearray(snapshot.path.read_bytes())
    damaged[damaged.index(pages[2].body[:50]) + 1000] ^= 1
    snapshot.path.write_bytes(damaged)
    handed_out = landed_pages(snapshot.path, None, snapshot.content_hash)
    assert [next(handed_out), next(handed_out)] == pages[:2]
    with pytest.raises(Permanent):
        next(handed_out)


@KEYS
def test_another_snapshot_put_in_its_place_is_refused(tmp_path: Path, key: str | None) -> None:
    snapshot = landed(tmp_path, PAGES, key)
    other = landed(tmp_path, PAGES[:2], key, "snapshot-2")
    other.path.replace(snapshot.path)
    assert read_back(snapshot, key) is Code.STORE_UNREADABLE


def test_a_sealed_file_opens_only_as_the_snapshot_it_is(tmp_path: Path) -> None:
    snapshot = landed(tmp_path, PAGES, KEY)
    moved = snapshot.path.with_name("snapshot-2.parquet")
    snapshot.path.rename(moved)
    assert read_back(replace(snapshot, path=moved), KEY) is Code.STORE_UNREADABLE


def test_a_file_that_is_gone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Permanent) as refused:
        list(landed_pages(landing_path(tmp_path, CONNECTION, "gone"), None, "0" * 64))
    assert (refused.value.code, refused.value.params["file"]) == (Code.STORE_UNREADABLE, f"{CONNECTION}/gone")


def test_a_refusal_quotes_nothing_of_the_file(tmp_path: Path) -> None:
    snapshot = landed(tmp_path, PAGES)
    snapshot.path.write_bytes(snapshot.path.read_bytes().replace("Lefèvre".encode(), "Lefèvrx".encode()))
    with pytest.raises(Permanent) as refused:
        list(landed_pages(snapshot.path, None, snapshot.content_hash))
    assert "Lef" not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize("text", ["", ".", "..", "../x", "a/b", "/etc", "A", "a\n", "a\0", ".hidden", "-a", "é", "a" * 64, "a|b", "a b"])
def test_an_id_that_is_not_one_of_ours_reaches_no_path(tmp_path: Path, text: str) -> None:
    with pytest.raises(Refusal) as connection:
        landing(tmp_path, text, "snapshot-1", None)
    with pytest.raises(Refusal) as snapshot:
        delete_landed(tmp_path, CONNECTION, text)
    assert (connection.value.code, snapshot.value.code) == (Code.UNKNOWN_CONNECTION, Code.UNKNOWN_SNAPSHOT)


def test_deleting_takes_one_snapshot_and_may_be_repeated(tmp_path: Path) -> None:
    landed(tmp_path, PAGES)
    landed(tmp_path, PAGES, None, "snapshot-2")
    delete_landed(tmp_path, CONNECTION, "snapshot-1")
    delete_landed(tmp_path, CONNECTION, "snapshot-1")
    assert files_in(tmp_path) == ["snapshot-2.parquet"]


def test_sweeping_a_home_without_landing_files_finds_nothing(tmp_path: Path) -> None:
    assert sweep_landing(tmp_path) == 0
