"""Envelopes for the credentials of connections, and the key that seals them.

A credential is stored as the name of an environment variable or as an envelope bound to its connection, never as itself. Which
credential a connection has is the store's; reading variables is `environment`'s. May import: `domain`, `encryption`, `private_files`.
"""

import base64
import os
from collections.abc import Mapping
from hmac import compare_digest
from pathlib import Path

from hr_pipeline.adapters.encryption import KEY_BYTES, NONCE_BYTES, InvalidTag, derived_key, key_mark, opened_box, sealed_box
from hr_pipeline.adapters.private_files import PartFile, create_private_folder, room_needed
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Permanent

ENVELOPE = "envelope"


def credential_key(home: Path, store_key: str | None) -> bytes:
    """The key of all envelopes: from the store key, or else from `HOME/keys/credentials.key`, which the first use makes.

    Raises:
        Permanent: `STORE_KEY_REFUSED` when the key file is not one of ours.
        Transient: `DISK_FULL` while making it.
    """
    if store_key:
        return derived_key(store_key, "credentials")
    path = home / "keys" / "credentials.key"
    if not path.exists():
        _create_key_file(path)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise Permanent(Code.STORE_KEY_REFUSED, reason="key", store=path.name)
    return key


def _create_key_file(path: Path) -> None:
    create_private_folder(path.parent)
    part = PartFile(path)
    try:
        with room_needed():
            part.file.write(os.urandom(KEY_BYTES))
            part.publish_new()
    finally:
        part.discard()


def sealed(secret: str, connection_id: str, key: bytes) -> dict[str, str]:
    """An envelope that only this key opens, and only for this connection. Text throughout, fit for the store."""
    box = sealed_box(key, secret.encode("utf-8", "surrogatepass"), connection_id.encode())
    return {
        "kind": ENVELOPE,
        "key": key_mark(key),
        "nonce": base64.b64encode(box[:NONCE_BYTES]).decode(),
        "ciphertext": base64.b64encode(box[NONCE_BYTES:]).decode(),
    }


def opened(envelope: Mapping[str, str], connection_id: str, key: bytes) -> str:
    """The secret of an envelope.

    Raises:
        Permanent: `STORE_KEY_REFUSED` when it was sealed with another key, `CREDENTIAL_REFUSED` when it was changed or belongs to
            another connection.
    """
    if not compare_digest(envelope.get("key", "").encode(), key_mark(key).encode()):
        raise Permanent(Code.STORE_KEY_REFUSED, reason="key", store="credentials")
    try:
        box = base64.b64decode(envelope["nonce"], validate=True) + base64.b64decode(envelope["ciphertext"], validate=True)
        return opened_box(key, box, connection_id.encode()).decode("utf-8", "surrogatepass")
    except (InvalidTag, KeyError, ValueError):  # not base64 is a ValueError too
        raise Permanent(Code.CREDENTIAL_REFUSED, provider=connection_id.partition("-")[0], connection=connection_id) from None
