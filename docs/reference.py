"""The reference pages docs/reference-KIND.md: every key of every kind of YAML file, from the models that check the files.

    python -m docs.reference         writes the committed pages; tests/test_reference.py compares them with the models

Each page has a section for the file and one for every map in it, in the order in which keys name the maps: key, type, default and
meaning. The texts are the docstrings of the models: change them there.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vladata.spec.json_schema import EXTENDS, MODELS, described
from vladata.spec.motion import ROTATIONS

Node = Mapping[str, Any]

PAGES = {
    "dataset": ("schemas", "A schema: one robot dataset. Explained in [schemas.md](schemas.md)."),
    "recipe": ("recipes", "A recipe: from steps to samples. Explained in [recipes.md](recipes.md)."),
    "mixture": ("mixtures", "A mixture: datasets and their weights. Explained in [mixing.md](mixing.md)."),
    "corpus": (
        "corpora",
        "A corpus: one collection of images and texts. Explained in [corpora.md](corpora.md).",
    ),
    "training": ("training", "A training config. Explained in [training.md](training.md)."),
    "evaluation": ("evaluations", "An evaluation of policies. Explained in [evaluation.md](evaluation.md)."),
    "robot": ("robots", "The keys of a robot's messages. Explained in [serving.md](serving.md)."),
    "question": (
        "questions",
        "A question to a model about episodes. Explained in [annotations.md](annotations.md).",
    ),
}
"""Kind of file -> the rest of its page's name, and the first sentence."""

GENERATED = "Made by `python -m docs.reference` from the models that check the files."
TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "null": "`null`",
    "object": "map",
}
ROTATION = (
    "Euler angles are in radians; extrinsic axes are fixed, intrinsic axes turn with the body. r6 is the first two rows or "
    "columns of the matrix. `vladata/transforms/rotations.py` has the formulas."
)
LIMITS = {
    "exclusiveMinimum": "more than {}",
    "minimum": "{} or more",
    "maximum": "{} or less",
    "exclusiveMaximum": "less than {}",
    "multipleOf": "a multiple of {}",
}
HEAD = ("| key | type | default | meaning |", "|---|---|---|---|")


def pages() -> dict[str, str]:
    """Return file name -> text of every page."""
    return {f"reference-{name}.md": page(kind) for kind, (name, _) in PAGES.items()}


def page(kind: str) -> str:
    """Return the page of one kind of file."""
    name, first = PAGES[kind]
    root = described(MODELS[kind])
    lines = [f"# Reference: {name}", "", f"{first} {GENERATED}", "", *_table(root, root)]
    if kind == "recipe":
        lines.insert(-len(root["properties"]), _row("extends", "text", "none", EXTENDS))
    for part in _parts(root):
        node = root["$defs"][part]
        lines += ["", f"## {_heading(part, node)}", "", *_about(node), *_table(node, root)]
    if kind == "dataset":
        lines += ["", "## Form of a rotation", "", ROTATION, "", *(f"- `{form}`" for form in ROTATIONS)]
    return "\n".join(lines) + "\n"


def _parts(root: Node) -> list[str]:
    """Return the names of the maps within a file, in the order in which keys first name them."""
    found: list[str] = []
    open_ = [root]
    while open_:
        named = [name for name in _referred(open_.pop(0).get("properties", {})) if name not in found]
        found += dict.fromkeys(named)
        open_ += [root["$defs"][name] for name in dict.fromkeys(named)]
    return [name for name in found if "properties" in root["$defs"][name]]


def _referred(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if "$ref" in node:
            yield node["$ref"].rsplit("/", 1)[1]
        for key, inner in node.items():
            if key not in ("default", "discriminator"):
                yield from _referred(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _referred(inner)


def _heading(name: str, node: Node) -> str:
    """Return the title of a map: its operation, codec or task, or the words of its class."""
    task = "Task" if name.startswith("Task_") else "Model"
    for key, what in (("op", "Operation"), ("codec", "Codec"), ("kind", task)):
        if value := node["properties"].get(key, {}).get("const"):
            return f"{what} {value}"
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def _link(name: str, node: Node) -> str:
    heading = _heading(name, node)
    what, _, word = heading.partition(" ")
    shown = word if what in ("Operation", "Codec", "Task") else heading
    return f"[{shown}](#{heading.lower().replace(' ', '-')})"


def _about(node: Node) -> Iterator[str]:
    if "description" in node:
        yield _one_line(node["description"])
        yield ""
    kinds = node["type"] if isinstance(node["type"], list) else []
    others = [{"array": "a list"}.get(kind) or TYPES[kind] for kind in kinds if kind != "object"]
    if others:
        first = next(iter(node["properties"]))
        yield f"May be written as {' or '.join(others)} alone, which is then the value of `{first}`."
        yield ""


def _table(node: Node, root: Node) -> Iterator[str]:
    yield from HEAD
    for key, shape in node["properties"].items():
        meaning = shape.get("description") or ("Always this word." if "const" in shape else "")
        yield _row(key, _type(shape, root), _default(key, shape, node), meaning)


def _row(key: str, kind: str, default: str, meaning: str) -> str:
    cells = (f"`{key}`", kind, default, _one_line(meaning))
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _one_line(text: str) -> str:
    """Return the first paragraph of a docstring on one line, with braces and brackets that Markdown leaves alone."""
    return " ".join(text.partition("\n\n")[0].split()).replace("<", "&lt;").replace("*", chr(92) + "*")


def _default(key: str, shape: Node, node: Node) -> str:
    if key in node.get("required", ()):
        return "required"
    value = shape.get("default")
    if isinstance(value, dict):
        return "its own defaults"
    return f"`{json.dumps(value, ensure_ascii=False)}`" if value != "" else '`""`'


def _type(node: Node, root: Node) -> str:
    """Return the type of a value in words, with the values that are allowed."""
    if "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[1]
        return _link(name, root["$defs"][name])
    if "const" in node:
        return f"`{node['const']}`"
    if node.get("enum") == list(ROTATIONS):
        return "[form of a rotation](#form-of-a-rotation)"
    if "enum" in node:
        return ", ".join(f"`{value}`" for value in node["enum"])
    for union in ("anyOf", "oneOf"):
        if union in node:
            return " or ".join(dict.fromkeys(_type(option, root) for option in node[union]))
    if node.get("type") == "array":
        return f"list{_length(node)} of {_within(node.get('items', {}), root)}"
    if node.get("type") == "object":
        inner = [*node.get("patternProperties", {}).values(), node.get("additionalProperties")]
        return f"map from name to {_within(inner[0], root)}" if isinstance(inner[0], Mapping) else "map"
    return TYPES.get(node.get("type", ""), "any") + _range(node)


def _within(node: Node, root: Node) -> str:
    """Return the type of an item, in brackets if it has several forms."""
    told = _type(node, root)
    return f"({told})" if " or " in told or ", " in told else told


def _length(node: Node) -> str:
    least, most = node.get("minItems"), node.get("maxItems")
    if least is not None and least == most:
        return f" with {least} items"
    return f" with at least {least}" if least else ""


def _range(node: Node) -> str:
    least, most = node.get("minimum"), node.get("maximum")
    if least is not None and most is not None:
        return f" ({_number(least)} to {_number(most)})"
    told = [text.format(_number(node[limit])) for limit, text in LIMITS.items() if limit in node]
    return f" ({', '.join(told)})" if told else ""


def _number(value: float) -> str:
    return f"{int(value):,}" if int(value) == value and abs(value) < 1e9 else f"{value:g}"


if __name__ == "__main__":
    for file, text in pages().items():
        (Path(__file__).parent / file).write_text(text, "utf-8")
