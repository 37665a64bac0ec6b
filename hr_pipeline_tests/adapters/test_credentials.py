"""Envelopes of credentials: they open for their own connection with their own key, and for nothing else."""

import base64
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hr_pipeline.adapters.credentials import credential_key, opened, sealed
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Permanent, Transient
from hr_pipeline_tests.adapters.surroundings import file_size_limit, mode, umask

CONNECTION = "payfit-ateliers-zoe-cc87"
SECRET = "invented-token-0123456789"
KEY = bytes(range(32))


def refusal_of(envelope: dict[str, str], connection_id: str = CONNECTION, key: bytes = KEY) -> Permanent:
    """What opening this envelope is refused with."""
    with pytest.raises(Permanent) as refused:
        opened(envelope, connection_id, key)
    return refused.value


@given(secret=st.text())
def test_an_envelope_gives_back_what_it_was_given(secret: str) -> None:
    assert opened(sealed(secret, CONNECTION, KEY), CONNECTION, KEY) == secret


def test_an_envelope_is_text_says_what_it_is_and_never_repeats_itself() -> None:
    one, other = sealed(SECRET, CONNECTION, KEY), sealed(SECRET, CONNECTION, KEY)
    assert one["kind"] == "envelope"
    assert all(isinstance(value, str) for value in one.values())
    assert one["nonce"] != other["nonce"]
    assert one["ciphertext"] != other["ciphertext"]
    assert SECRET not in str(one)


def test_another_connection_cannot_open_an_envelope() -> None:
    assert refusal_of(sealed(SECRET, CONNECTION, KEY), "payfit-other").code is Code.CREDENTIAL_REFUSED


def test_another_key_is_told_from_a_changed_envelope() -> None:
    assert refusal_of(sealed(SECRET, CONNECTION, KEY), key=bytes(32)).code is Code.STORE_KEY_REFUSED


@pytest.mark.parametrize("part", ["nonce", "ciphertext"])
def test_each_changed_byte_is_refused(part: str) -> None:
    envelope = sealed(SECRET, CONNECTION, KEY)
    whole = base64.b64decode(envelope[part])
    for position in range(len(whole)):
        changed = bytearray(whole)
        changed[position] ^= 1
        assert refusal_of({**envelope, part: base64.b64encode(changed).decode()}).code is Code.CREDENTIAL_REFUSED


@pytest.mark.parametrize("part", ["key", "nonce", "ciphertext"])
@pytest.mark.parametrize("value", [None, "", "é", "not base64!", "AAAA"])
def test_an_envelope_with_a_damaged_part_is_refused(part: str, value: str | None) -> None:
    envelope = sealed(SECRET, CONNECTION, KEY)
    del envelope[part]
    refusal = refusal_of(envelope if value is None else {**envelope, part: value})
    assert refusal.code is (Code.STORE_KEY_REFUSED if part == "key" else Code.CREDENTIAL_REFUSED)


def test_a_refusal_shows_neither_secret_nor_envelope() -> None:
    envelope = sealed(SECRET, CONNECTION, KEY)
    shown = "".join(traceback.format_exception(refusal_of(envelope, "payfit-other")))
    assert SECRET not in shown
    assert envelope["ciphertext"] not in shown


def test_with_a_store_key_no_key_file_is_made(tmp_path: Path) -> None:
    one, other = credential_key(tmp_path, "an invented store key"), credential_key(tmp_path, "another invented store key")
    assert len(one) == len(other) == 32
    assert one == credential_key(tmp_path, "an invented store key") != other
    assert list(tmp_path.iterdir()) == []


def test_without_a_store_key_the_first_use_makes_a_private_key_file(tmp_path: Path) -> None:
    with umask(0):
        key = credential_key(tmp_path, None)
    path = tmp_path / "keys" / "credentials.key"
    assert (path.read_bytes(), len(key)) == (key, 32)
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    assert credential_key(tmp_path, None) == key


def test_two_homes_have_different_keys(tmp_path: Path) -> None:
    assert credential_key(tmp_path / "one", None) != credential_key(tmp_path / "other", None)


def test_many_first_uses_at_once_agree_on_one_key(tmp_path: Path) -> None:
    together = Barrier(8)

    def key_of_one(_: int) -> bytes:
        together.wait(timeout=30)
        return credential_key(tmp_path, None)

    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(key_of_one, range(8)))
    assert len(keys) == 1
    assert [entry.name for entry in (tmp_path / "keys").iterdir()] == ["credentials.key"]


def test_a_cut_key_file_is_refused_and_kept(tmp_path: Path) -> None:
    credential_key(tmp_path, None)
    path = tmp_path / "keys" / "credentials.key"
    path.write_bytes(path.read_bytes()[:31])
    with pytest.raises(Permanent) as refused:
        credential_key(tmp_path, None)
    assert refused.value.code is Code.STORE_KEY_REFUSED
    assert len(path.read_bytes()) == 31


def test_a_full_disk_leaves_no_key_file(tmp_path: Path) -> None:
    with file_size_limit(16), pytest.raises(Transient) as refused:
        credential_key(tmp_path, None)
    assert refused.value.code is Code.DISK_FULL
    assert list((tmp_path / "keys").iterdir()) == []
