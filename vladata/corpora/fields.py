"""The values of a record: found at a path, and checked to be a text that a sample can hold.

Rule: space and byte order marks around a text are removed, and a text has at most LONGEST_TEXT bytes. A value that is not text,
not UTF-8, without words, or made only of invisible characters is a DataError that names the value. A number counts as text,
since some answers are numbers. NaN, which tables have for a missing value, does not, nor do infinity, truth values, bytes, lists
and maps.
"""

import re
from math import inf
from typing import Any

from vladata.errors import BadText, UnfitRecord
from vladata.spec.corpus import TAG, CorpusSpec

LONGEST_TEXT = 64 << 10
"""The most bytes of one text."""
LONGEST_RECORD = 1 << 20
"""The most bytes of a text or JSON member, and of all texts of a document."""
_TAG = re.compile(TAG)
_UNSEEN = "\ufeff\u200b\u2060"  # byte order mark (of a file that was cut into texts), spaces of no width
_EDGES = " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
_EDGES += "\u2028\u2029\u202f\u205f\u3000" + _UNSEEN
_SEEN = re.compile(
    "[^\\s\\x00-\\x1f\\x7f-\\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""A visible character."""

Parts = tuple[str, ...]
"""The parts of a path."""


def follow(value: Any, parts: Parts) -> Any:
    """Return the value at the path, or None. Below a list, return the list of the values at the path in each item."""
    for i, part in enumerate(parts):
        if type(value) is dict:
            value = value.get(part)
        elif type(value) is list:
            return [follow(item, parts[i:]) for item in value]
        else:
            return None
    return value


def has_words(value: Any) -> bool:
    """Return True unless the value is None, NaN or only space. The value need not be a text."""
    return not (value is None or value != value or (isinstance(value, str) and not _SEEN.search(value)))


def words(value: Any, name: str) -> str:
    """Return `value` as a checked text. name: the name of the value, for errors."""
    if value is None or value != value:
        raise UnfitRecord("missing_text", "there is no text", where=name)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) != inf:
        value = str(value)  # an answer may be a number: 3
    if not isinstance(value, str):
        raise UnfitRecord("malformed_record", "this is not a text", where=name, got=value)
    check_text(value, name)
    text = value.strip()
    if text and (text[0] in _UNSEEN or text[-1] in _UNSEEN):
        text = text.strip(_EDGES)
    if not _SEEN.search(text):
        raise UnfitRecord("missing_text", "a text without words", where=name, got=value)
    return text


def check_text(text: str, name: str) -> None:
    """Raise UnfitRecord for a text that is too long, or that cannot be encoded as UTF-8."""
    try:
        length = len(text) if text.isascii() else len(text.encode())
    except UnicodeEncodeError:
        raise BadText("the text holds half a character (a lone surrogate)", where=name, got=text) from None
    if length > LONGEST_TEXT:
        raise UnfitRecord(
            "too_large", "the text is too long", where=name, got=length, allowed=f"{LONGEST_TEXT:,} bytes"
        )


def decoded(data: bytes, name: str) -> str:
    """Return the text of the UTF-8 bytes `data`. name: the name of the value, for errors."""
    if len(data) > LONGEST_TEXT:
        raise UnfitRecord(
            "too_large", "the text is too long", where=name, got=len(data), allowed=f"{LONGEST_TEXT:,} bytes"
        )
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise BadText("the text is not UTF-8", where=name, got=data) from None


def listed(value: Any, name: str) -> list[Any]:
    """Return `value`, checked to be a list. name: the name of the value, for errors."""
    if value is None:
        raise UnfitRecord("missing_text", "the list is missing", where=name)
    if not isinstance(value, list):
        hint = ""
        if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
            hint = "It is JSON inside a text: parse it, and write the list itself."
        elif isinstance(value, dict) and any(isinstance(each, list) for each in value.values()):
            hint = "It is a map of lists: write a list of maps, one for each item."
        raise UnfitRecord("malformed_record", "this is not a list", where=name, got=value, hint=hint)
    return value


def weighed(value: Any, name: str) -> list[tuple[str, float]]:
    """Return (answer, number of people who gave it), the most frequent answer first; a single answer has weight 1.

    Empty answers (null or blank) are left out if there are other answers.
    """
    if not isinstance(value, list):
        return [(words(value, name), 1.0)]
    counts: dict[str, float] = {}
    for answer in value:
        if has_words(answer):
            text = words(answer, name)
            counts[text] = counts.get(text, 0.0) + 1.0
    if not counts:
        raise UnfitRecord("missing_text", "expected an answer with words, found none", where=name)
    return sorted(counts.items(), key=lambda found: -found[1])


def language_tag(value: Any) -> str:
    """Return the tag in small letters, or "" if the value is not a tag."""
    if not isinstance(value, str):
        return ""
    tag = value.strip().lower().replace("_", "-")
    return tag if _TAG.fullmatch(tag) else ""


def number(value: Any) -> float | None:
    """Return a finite number, also from text, or None if the value is not one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if abs(found) < 1e30 else None


def name_of(value: Any) -> str:
    """Return a record's own name as text, or "" if it has no name that can be shown."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return ""
    return str(value)[:256].encode("utf-8", "backslashreplace").decode()


def taken_apart(path: str, spec: CorpusSpec) -> Parts:
    """Return a path as parts for `Record.value`: in a tar the member is the first part, in TFDS the whole path is one part."""
    if spec.layout == "tfds":
        return (path,)
    names = path.split(".")
    if spec.layout != "webdataset":
        return tuple(names)
    member = names.index("json") + 1 if "json" in names else len(names)
    return (".".join(names[:member]), *names[member:])
