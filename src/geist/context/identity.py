"""What a content is called, wherever it lies."""

import hashlib


def content_id(data: bytes) -> str:
    """git's own name for the content."""
    head = b"blob %d\0" % len(data)
    return hashlib.sha1(head + data, usedforsecurity=False).hexdigest()
