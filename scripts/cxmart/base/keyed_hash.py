"""HMAC-SHA256 (RFC 2104), in Python and in SQL: what a person is known by, without saying who it is."""

import hashlib
import hmac

from cxmart.base.database import literal

BLOCK_BYTES = 64


def of(text: str, key: bytes) -> str:
    """Hash a text with a key: 64 hexadecimal digits."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def in_sql(value: str, prefix: str = "") -> str:
    """Write the hash of an SQL value, with `prefix` before it, for a query with the parameters of a key."""
    text = f"{literal(prefix)} || {value}" if prefix else value
    inner = f"unhex(sha256(cast($inner_pad as blob) || encode({text})))"
    return f"sha256(cast($outer_pad as blob) || {inner})"


def parameters(key: bytes) -> dict[str, object]:
    """Give the parameters of a query with such a hash."""
    if len(key) > BLOCK_BYTES:
        key = hashlib.sha256(key).digest()
    key = key.ljust(BLOCK_BYTES, b"\0")
    return {"inner_pad": bytes(byte ^ 0x36 for byte in key), "outer_pad": bytes(byte ^ 0x5C for byte in key)}
