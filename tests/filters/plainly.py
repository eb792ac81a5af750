"""The filters once more, as plain loops over rows: what plan_filters is held against."""

import re
from fractions import Fraction
from math import ceil
from typing import Any

Row = dict[str, Any]
UNFIT, KEPT = "unfit", ""


def plainly(keep: Any, rows: list[Row], allow: Any, deny: Any, denied: Any, seen: Any) -> list[str]:
    """The name of what took each row out, by its first word: "size", "similarity", "duplicate"; "" where it is kept."""
    said = [UNFIT if row["outcome"] else _one(keep, row, allow, deny, denied) for row in rows]
    if keep.similarity:
        _by_similarity(keep.similarity, rows, said)
    if seen:
        _take("duplicate_elsewhere", rows, said, lambda image, _: image["digest"] in seen.digests.tolist())
    if keep.duplicates and keep.duplicates.exact:
        first: dict[int, tuple[int, int]] = {}
        for row in (row for row, word in zip(rows, said, strict=True) if word == KEPT):
            for image in row["images"]:
                first.setdefault(image["digest"], _place(row))
        _take("duplicate", rows, said, lambda image, place: first[image["digest"]] < place)
    if keep.duplicates and keep.duplicates.near is not None:
        if seen:
            _take("near_duplicate_elsewhere", rows, said, lambda i, _: _known(i, seen, keep.duplicates.near))
        _near(keep.duplicates.near, rows, said)
    return said


def _one(keep: Any, row: Row, allow: Any, deny: Any, denied: Any) -> str:
    sides = [(image["height"] or 0, image["width"] or 0) for image in row["images"]]
    texts = [answer["text"] for answer in row["answers"]]
    language = row["language"] or ""
    text = keep.text
    tests = {
        "tasks": not keep.tasks or row["task"] in keep.tasks,
        "language": not keep.language or any(f"{language}-".startswith(f"{tag}-") for tag in keep.language),
        "keys": not keep.keys
        or ((not keep.keys.allow or row["key"] in allow) and not (keep.keys.deny and row["key"] in deny)),
        "images": not keep.images or not any(image["digest"] in denied for image in row["images"]),
        "size": not keep.size or all(min(side) >= keep.size.min for side in sides),
        "aspect": not keep.aspect
        or all(min(side) and max(side) <= keep.aspect.max * min(side) for side in sides),
        "text": not text
        or all(
            (text.min or 0) <= len(t) <= (text.max or 1e9)
            and (not text.keep or re.search(text.keep, t))
            and not (text.drop and re.search(text.drop, t))
            for t in texts
        ),
    }
    return next((name for name, passed in tests.items() if not passed), KEPT)


def _by_similarity(asked: Any, rows: list[Row], said: list[str]) -> None:
    for i, row in enumerate(rows):
        if said[i] == KEPT and row["similarity"] is None:
            said[i] = "no_similarity"
    left = [i for i, word in enumerate(said) if word == KEPT]
    if asked.min is not None:
        kept = {i for i in left if rows[i]["similarity"] >= asked.min}
    else:
        kept = set()
        for task in {rows[i]["task"] for i in left}:
            own = sorted((-rows[i]["similarity"], i) for i in left if rows[i]["task"] == task)
            kept |= {i for _, i in own[: ceil(Fraction(asked.top[:-1]) / 100 * len(own))]}
    for i in set(left) - kept:
        said[i] = "similarity"


def _near(most: int, rows: list[Row], said: list[str]) -> None:
    stays: list[tuple[int, tuple[int, int]]] = []
    out = set()
    for i, row in enumerate(rows):
        for number, image in enumerate(row["images"] if said[i] == KEPT else ()):
            if any(
                place < _place(row) and (look ^ image["look"]).bit_count() <= most for look, place in stays
            ):
                out.add((i, number))
            else:
                stays.append((image["look"], _place(row)))
    for i, row in enumerate(rows):
        if said[i] == KEPT and all((i, number) in out for number in range(len(row["images"]))):
            said[i] = "near_duplicate"


def _take(name: str, rows: list[Row], said: list[str], gone: Any) -> None:
    for i, row in enumerate(rows):
        if said[i] == KEPT and all(gone(image, _place(row)) for image in row["images"]):
            said[i] = name


def _known(image: Row, seen: Any, most: int) -> bool:
    return any((look ^ image["look"]).bit_count() <= most for look in seen.looks.tolist())


def _place(row: Row) -> tuple[int, int]:
    return row["shard"], row["record"]
