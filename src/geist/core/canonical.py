"""One way to write a value down, so that a hash means the same everywhere."""

import hashlib
import json
from typing import Any


def canonical(value: Any) -> bytes:
    """`value` as JSON bytes: keys sorted, no spaces, ASCII, no NaN.

    Raises ValueError for NaN and infinities, TypeError for what JSON cannot hold.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    ).encode("ascii")


def digest(value: Any) -> str:
    """sha256 (hex) of bytes, of a string's UTF-8, or of anything else's canonical JSON."""
    if isinstance(value, str):
        # surrogatepass: a file that is not UTF-8 is carried as surrogates and must still hash
        value = value.encode("utf-8", "surrogatepass")
    if not isinstance(value, bytes):
        value = canonical(value)
    return hashlib.sha256(value).hexdigest()
