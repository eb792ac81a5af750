"""CorpusSpec: one web corpus as a declaration, `schemas/corpora/NAME.yaml`.

It says how the files are laid out, where the image of a record is, and which texts make pairs with it. Paths are names
joined by dots: in a tar the member and the keys in it (`txt`, `json.caption`), in Parquet the column and the fields in it
(`image.bytes`), in JSON the keys, in TFDS the feature (`captions.text`).
"""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from vladata.spec.corpus_pairs import Interleaved, Pair, Path
from vladata.spec.strict import Line, Many, Name, Strict, matching, says_all, unrepeated

Layout = Literal["webdataset", "parquet", "json", "questions", "coco", "tfds"]
FILES: dict[str, tuple[str, ...]] = {
    "webdataset": (".tar",),
    "parquet": (".parquet",),
    "json": (".json", ".jsonl"),
    "questions": (".json",),
    "coco": (".json",),
    "tfds": (),
}
"""Layout -> how the names of its files end."""

TAG = r"[a-z]{2,8}(-[a-z0-9]{1,8})*"
_FIELD = r"\{[^.\s{}:]+(\.[^.\s{}:]+)*(:0[1-9][0-9]?d)?\}"
_TEMPLATE = rf"([^{{}}/]|{_FIELD})([^{{}}]|{_FIELD})*"

_MARK = r"[^\d{}\s]([^\d{}]*(\{\d\})?[^\d{}]*)[^\d{}\s]"

Mark = Annotated[
    str,
    Field(max_length=64),
    AfterValidator(
        matching(
            _MARK,
            'the text that stands for an image, a number in braces: "<image>", "<image{1}>", "<|image|>"',
        )
    ),
]
"""What stands in texts for an image. A number in it is that of the first image, in braces."""

Template = Annotated[
    str,
    AfterValidator(matching(_TEMPLATE, "a file name with fields such as {file_name} or {image_id:012d}")),
]
"""The name of a file below the images folder."""


class ImageSource(Strict):
    """Where the image of a record is: in the record, or in a file of its own."""

    data: Annotated[Many[Path], AfterValidator(unrepeated)] = ()
    """Members of a tar (by what follows the first dot: `jpg`), columns or features that hold the encoded image. All that a
    record has are its images, in this order; of members that differ in their ending alone (jpg, png) it has one, and so it
    has of a column and a field in it (image, image.bytes). A column or feature that is a list holds several."""
    file: Annotated[Many[Template], AfterValidator(unrepeated)] = ()
    """Names of the image's file below the folder that the user gives, filled from the record. The first that is there
    is taken; a field that is a list names several images."""
    files: Many[Annotated[Many[Template], Field(min_length=1), AfterValidator(unrepeated)]] = ()
    """The same of a record that names each of its images in a field of its own: a list of names for each image."""

    @model_validator(mode="after")
    def _one_of_all(self) -> "ImageSource":
        if sum(map(bool, (self.data, self.file, self.files))) != 1:
            says_all([((), "give `data`, `file` or `files`, one of them")])
        return self

    @property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """For each image the names that its file may have; () where the record holds its images."""
        return self.files or ((self.file,) if self.file else ())


class TextLanguage(Strict):
    """Which language the texts are in."""

    constant: Annotated[str, AfterValidator(matching(TAG, "a tag in small letters: en, pt-br"))] | None = None
    """One language for all."""
    field: Path | None = None
    """The value that tells it."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "TextLanguage":
        if (self.constant is None) == (self.field is None):
            says_all([((), "give `constant` or `field`, one of both")])
        return self


class Annotations(Strict):
    """A second file that belongs to the first: the answers to its questions."""

    records: Path
    """Key of its list."""
    by: Path
    """The value that a question and its answers share."""


class CorpusSpec(Strict):
    """One web corpus: how its files are laid out, and what in them becomes pairs of image and text."""

    name: Name
    """The name that it is asked for by."""
    aliases: Many[Name] = ()
    """Other names that it goes by."""
    layout: Layout
    """webdataset: tars of members with one key. parquet: a record a row. json: a list or map of records, or one a line.
    questions: a file of questions and one of their answers. coco: images and annotations in one file. tfds: a version
    folder of image-text records."""
    records: Path | None = None
    """json, questions: the key of the list or map of records. Left out, it is the file itself."""
    annotations: Annotations | None = None
    """questions: the second file."""
    key_ends: Literal["first_dot", "last_dot"] = "first_dot"
    """webdataset: where the key of a file's name ends, and the member begins. last_dot is for names such as 22.05.png."""
    ids: Literal["exact", "number", "text"] = "exact"
    """questions, coco: how ids are compared. exact: as they are, so that 7, 7.0 and "7" differ. number: as numbers, all three
    are 7. text: as text, so that 7 is "7"."""
    image: ImageSource | None = None
    """The image of a record. Left out where documents name their images themselves."""
    marks: Annotated[Many[Mark], Field(min_length=1), AfterValidator(unrepeated)] = ("<image>",)
    """What stands for an image in questions and conversations. What only looks like a mark is refused, never kept as words."""
    key: Path | None = None
    """The record's own name; left out, it is its key in a tar or in a map."""
    language: TextLanguage | None = None
    """The language; left out where nothing says it."""
    similarity: Path | None = None
    """How well image and text fit, as the corpus says, mostly the cosine of CLIP's embeddings."""
    pairs: Annotated[Many[Pair], Field(min_length=1)]
    """What becomes a sample: each record gives the pairs of every entry. A record without any is rejected."""
    quirks: Many[Line] = ()
    """What one has to know before trusting the data."""
    licence: Line | None = None
    """The licence of the data, or "not established"."""
    citation: Line | None = None
    """What to cite."""
    source: Line | None = None
    """Where the data is."""
    homepage: Line | None = None
    """The project's page."""

    @model_validator(mode="after")
    def _fits_together(self) -> "CorpusSpec":
        says_all([*self._misplaced(), *self._image_problems()])
        return self

    def _misplaced(self) -> list[tuple[tuple[str, ...], str]]:
        """Keys that this layout has no use for, or cannot do without."""
        found: list[tuple[tuple[str, ...], str]] = []
        if self.records and self.layout not in ("json", "questions"):
            found.append((("records",), f"a layout {self.layout} has no such key"))
        if self.annotations and self.layout != "questions":
            found.append((("annotations",), f"a layout {self.layout} has one kind of file"))
        if self.key_ends != "first_dot" and self.layout != "webdataset":
            found.append((("key_ends",), f"a layout {self.layout} has no such key"))
        if self.key_ends != "first_dot" and any(isinstance(pair, Interleaved) for pair in self.pairs):
            found.append((("key_ends",), "the members of a document (0.jpg, 1.jpg) begin at the first dot"))
        if self.ids != "exact" and self.layout not in ("questions", "coco"):
            found.append((("ids",), f"a layout {self.layout} joins nothing by id"))
        if self.layout == "questions" and not self.records:
            found.append((("records",), "is missing; it tells the file of questions from that of answers"))
        if self.layout == "questions" and not self.annotations:
            found.append((("annotations",), "is missing; questions and answers in one file are layout json"))
        return found

    def _image_problems(self) -> list[tuple[tuple[str, ...], str]]:
        documents = all(isinstance(pair, Interleaved) for pair in self.pairs)
        if self.image is None:
            needed = self.layout in ("webdataset", "tfds") or not documents
            return [(("image",), "is missing")] if needed else []
        if self.image.names and self.layout in ("webdataset", "tfds"):
            key = "file" if self.image.file else "files"
            return [(("image", key), f"a layout {self.layout} holds its images; use data")]
        if self.image.data and self.layout in ("json", "questions", "coco"):
            return [(("image", "data"), f"a layout {self.layout} holds no images; use file")]
        if self.key_ends == "last_dot" and any("." in name for name in self.image.data):
            return [(("image", "data"), "with key_ends: last_dot a member is what follows the last dot")]
        return []

    @property
    def names_files(self) -> bool:
        """Whether images are files of their own, so that their folder must be given."""
        return self.layout in ("json", "questions", "coco") or bool(self.image and self.image.names)

    @property
    def may_name_files(self) -> bool:
        """Whether a folder of images has a use: documents in Parquet hold their images or name them."""
        return self.names_files or (self.layout == "parquet" and self.image is None)

    @property
    def reads(self) -> tuple[Path, ...]:
        """Every value that is read of a record, each once; bytes of images come first."""
        found = [*(self.image.data if self.image else ())]
        names = self.image.names if self.image else ()
        found += [path for texts in names for text in texts for path in template_fields(text)]
        found += [path for path in (self.key, self.similarity) if path]
        found += [self.language.field] if self.language and self.language.field else []
        found += [path for pair in self.pairs for path in pair.reads]
        return tuple(dict.fromkeys(found))


def template_fields(template: str) -> list[str]:
    """The fields that a file name is filled from."""
    return [field.partition(":")[0] for field in re.findall(r"\{([^{}]*)\}", template)]
