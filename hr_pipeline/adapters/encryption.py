"""AES-256-GCM boxes and the keys for them: what landing files and credential envelopes share.

Knows nothing of files, pages or connections. May import: nothing of ours.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12

__all__ = ["KEY_BYTES", "NONCE_BYTES", "InvalidTag", "derived_key", "key_mark", "opened_box", "sealed_box"]


def derived_key(store_key: str, purpose: str) -> bytes:
    """The 32-byte key for one purpose, made from HR_PIPELINE_STORE_KEY with HKDF-SHA256 (RFC 5869).

    HKDF separates purposes; it does not slow guessing down, so the store key itself must be random.
    """
    material = store_key.encode("utf-8", "surrogateescape")
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"hr_pipeline/v1/{purpose}".encode()).derive(material)


def key_mark(key: bytes) -> str:
    """Sixteen hexadecimal digits that say whether two keys are the same one, and nothing else about them.

    Kept beside what a key sealed, so that a wrong key and damaged data get different sentences.
    """
    return HKDF(algorithm=SHA256(), length=8, salt=None, info=b"hr_pipeline/v1/mark").derive(key).hex()


def sealed_box(key: bytes, plain: bytes, associated: bytes) -> bytes:
    """A random nonce followed by the ciphertext; opens only with the same key and the same associated data."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, associated)


def opened_box(key: bytes, box: bytes, associated: bytes) -> bytes:
    """What `sealed_box` was given.

    Raises:
        InvalidTag: Another key, other associated data, or a changed byte.
    """
    if len(box) < NONCE_BYTES:
        raise InvalidTag
    return AESGCM(key).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], associated)
