"""The keys of the items, with the rules of the HTTP API."""

import re

from atomic_counter.client.errors import CounterRefusedError

MAX_KEY_BYTES = 2048
# The blank characters of `system_key.vtl`.
_BLANK = re.compile("[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*")
_NOT_IN_DOCUMENTS = re.compile("[\x00-\x1f\x7f-\x9f\ufffd]")
KEY_RULE = f"1 to {MAX_KEY_BYTES} bytes of UTF-8 and not blank, without U+FFFD"
DOCUMENT_RULE = (
    f"key and document must be up to {MAX_KEY_BYTES - 1} bytes of UTF-8 together and not blank,"
    " document without control characters"
)


def counter_key(key: str) -> str:
    """Return the key of a counter's item.

    U+FFFD isn't allowed, because over HTTP it is the result of invalid UTF-8.

    Raises:
        CounterRefusedError: The key breaks a rule.
    """
    if _BLANK.fullmatch(key) or "\ufffd" in key or len(key.encode()) > MAX_KEY_BYTES:
        raise CounterRefusedError(f"key must be {KEY_RULE}, got {_shortened(key)}", 400)
    return key


def document_key(key: str, document: str) -> str:
    """Return the key of a document's item: the last control character in it is the tab.

    Raises:
        CounterRefusedError: The key or the document breaks a rule.
    """
    item_key = f"{counter_key(key)}\t{document}"
    is_wrong = _BLANK.fullmatch(document) or _NOT_IN_DOCUMENTS.search(document)
    if is_wrong or len(item_key.encode()) > MAX_KEY_BYTES:
        raise CounterRefusedError(f"{DOCUMENT_RULE}, got {_shortened(document)}", 400)
    return item_key


def _shortened(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}…")  # noqa: PLR2004 (a line)
