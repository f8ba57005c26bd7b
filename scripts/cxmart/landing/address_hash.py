"""E-mail addresses as they land: keyed hashes."""

from cxmart.base import keyed_hash


def hashed_in_sql(value: str, is_placeholder: str) -> str:
    """Write the hash of an address without blanks around it, in lower case; null where it is nobody's."""
    address = f"lower(trim({value}))"
    return f"case when {is_placeholder} then null when {address} <> '' then {keyed_hash.in_sql(address)} end"


def address_hash(address: str, key: str) -> str:
    """Hash an e-mail address as it lands: HMAC-SHA256 without blanks around it, in lower case."""
    return keyed_hash.of(address.strip().lower(), key.encode())


def key_fingerprint(hash_key: str) -> str:
    """Tell a key of e-mail addresses from another without telling the key: 16 hexadecimal digits."""
    return keyed_hash.of("cxmart", hash_key.encode())[:16]
