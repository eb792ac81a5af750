"""CorpusSpec: one web corpus as a declaration, `schemas/corpora/NAME.yaml`.

It names the layout of the files, the place of the image in a record, and the texts that make pairs with the image. A path is
names joined by dots: in a tar the member and the keys in it (`txt`, `json.caption`), in Parquet the column and the fields in it
(`image.bytes`), in JSON the keys, in TFDS the feature (`captions.text`).
"""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from vladata.spec.corpus_pairs import Interleaved, Pair, Path
from vladata.spec.strict import Line, Many, Name, Strict, matching, unrepeated
from vladata.spec.together import Problem, check

Layout = Literal["webdataset", "parquet", "json", "questions", "coco", "tfds"]
FILES: dict[str, tuple[str, ...]] = {
    "webdataset": (".tar",),
    "parquet": (".parquet",),
    "json": (".json", ".jsonl"),
    "questions": (".json",),
    "coco": (".json",),
    "tfds": (),
}
"""Layout -> endings of its file names."""

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
"""A mark that stands for an image in a text. A number in braces is the number of the first image: "<image{1}>"."""

Template = Annotated[
    str,
    AfterValidator(matching(_TEMPLATE, "a file name with fields such as {file_name} or {image_id:012d}")),
]
"""The name of a file below the images folder."""


class ImageSource(Strict):
    """The place of a record's image: in the record, or in a separate file."""

    data: Annotated[Many[Path], AfterValidator(unrepeated)] = ()
    """Members of a tar (by the part of the name after the first dot: `jpg`), columns or features that hold the encoded image. All
    of them that a record has are its images, in this order. Members that differ in their ending only (jpg, png) are one image,
    and so are a column and a field in it (image, image.bytes). A column or feature that is a list holds several images."""
    file: Annotated[Many[Template], AfterValidator(unrepeated)] = ()
    """Names of the image's file below the folder of images, filled from the record. The first file that exists is taken; a field
    that is a list names several images."""
    files: Many[Annotated[Many[Template], Field(min_length=1), AfterValidator(unrepeated)]] = ()
    """For a record that names each of its images in a separate field: for each image a list of names, as in `file`."""

    @check
    def _one_of_all(self) -> Iterator[Problem]:
        if sum(map(bool, (self.data, self.file, self.files))) != 1:
            yield (), "give exactly one of `data`, `file` and `files`"

    @property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """The names that the file of each image may have; () where the record holds its images."""
        return self.files or ((self.file,) if self.file else ())


class TextLanguage(Strict):
    """The language of the texts."""

    constant: Annotated[str, AfterValidator(matching(TAG, "a tag in small letters: en, pt-br"))] | None = None
    """One language for all texts."""
    field: Path | None = None
    """The value of the record that names the language."""

    @check
    def _one_of_both(self) -> Iterator[Problem]:
        if (self.constant is None) == (self.field is None):
            yield (), "give exactly one of `constant` and `field`"


class Annotations(Strict):
    """The second file of a pair of files: the answers to the questions of the first."""

    records: Path
    """The key of the list of answers in this file."""
    by: Path
    """The value by which answers are joined to their question: both records have it."""


class CorpusSpec(Strict):
    """One web corpus: the layout of its files, and the values that become pairs of image and text."""

    name: Name
    """The name by which the corpus is selected."""
    aliases: Many[Name] = ()
    """Other names of the corpus."""
    layout: Layout
    """webdataset: tars; the members of one key are a record. parquet: each row is a record. json: a list or map of records, or
    one record on each line. questions: a file of questions and a file of their answers. coco: images and annotations in one file.
    tfds: a version folder of image-text records."""
    records: Path | None = None
    """json, questions: the key of the list or map of records. Left out, the whole file is that list or map."""
    annotations: Annotations | None = None
    """questions: the second file."""
    key_ends: Literal["first_dot", "last_dot"] = "first_dot"
    """webdataset: the dot of a file's name at which its key ends and its member begins. last_dot is for names such as
    22.05.png."""
    ids: Literal["exact", "number", "text"] = "exact"
    """questions, coco: the comparison of ids. exact: as they are, so that 7, 7.0 and "7" differ. number: as numbers, so that all
    three are equal. text: as text, so that 7 equals "7"."""
    image: ImageSource | None = None
    """The image of a record. Leave it out where documents name their images themselves."""
    marks: Annotated[Many[Mark], Field(min_length=1), AfterValidator(unrepeated)] = ("<image>",)
    """The marks that stand for an image in questions and conversations. A text that only looks like a mark is refused, never kept
    as words."""
    key: Path | None = None
    """The value that names the record; left out, its key in a tar or in a map."""
    language: TextLanguage | None = None
    """The language of the texts; leave it out where the corpus does not give it."""
    similarity: Path | None = None
    """The similarity of image and text that the corpus gives, mostly the cosine of CLIP's embeddings."""
    pairs: Annotated[Many[Pair], Field(min_length=1)]
    """The pairs that become samples: every entry takes its pairs from each record. A record without any pair is rejected."""
    quirks: Many[Line] = ()
    """Facts to know before trusting the data."""
    licence: Line | None = None
    """The licence of the data, or "not established"."""
    citation: Line | None = None
    """The publication to cite."""
    source: Line | None = None
    """The place from which the data can be downloaded."""
    homepage: Line | None = None
    """The project's page."""

    @check
    def _records_fit_layout(self) -> Iterator[Problem]:
        if self.records and self.layout not in ("json", "questions"):
            yield ("records",), f"is not used with layout {self.layout}; only json and questions use it"
        if self.layout == "questions" and not self.records:
            yield ("records",), "is missing; it tells the file of questions from the file of answers"

    @check
    def _annotations_fit_layout(self) -> Iterator[Problem]:
        if self.annotations and self.layout != "questions":
            yield ("annotations",), f"is not used with layout {self.layout}, which has one kind of file"
        if self.layout == "questions" and not self.annotations:
            yield ("annotations",), "is missing; questions and answers in one file are layout json"

    @check
    def _keys_fit_layout(self) -> Iterator[Problem]:
        if self.key_ends != "first_dot" and self.layout != "webdataset":
            yield ("key_ends",), f"is not used with layout {self.layout}; only webdataset uses it"

    @check
    def _keys_fit_pairs(self) -> Iterator[Problem]:
        if self.key_ends != "first_dot" and any(isinstance(pair, Interleaved) for pair in self.pairs):
            yield ("key_ends",), "the members of a document (0.jpg, 1.jpg) begin at the first dot"

    @check
    def _ids_fit_layout(self) -> Iterator[Problem]:
        if self.ids != "exact" and self.layout not in ("questions", "coco"):
            yield ("ids",), f"is not used with layout {self.layout}, which joins no files by id"

    @check
    def _images_fit_layout(self) -> list[Problem]:
        documents = all(isinstance(pair, Interleaved) for pair in self.pairs)
        if self.image is None:
            needed = self.layout in ("webdataset", "tfds") or not documents
            return [(("image",), "is missing")] if needed else []
        if self.image.names and self.layout in ("webdataset", "tfds"):
            key = "file" if self.image.file else "files"
            return [
                (
                    ("image", key),
                    f"is not used with layout {self.layout}, whose records hold their images; use data",
                )
            ]
        if self.image.data and self.layout in ("json", "questions", "coco"):
            return [
                (
                    ("image", "data"),
                    f"is not used with layout {self.layout}, whose records name files of images; use file",
                )
            ]
        if self.key_ends == "last_dot" and any("." in name for name in self.image.data):
            return [
                (
                    ("image", "data"),
                    "with key_ends: last_dot a member has no dot: it is the part after the last dot",
                )
            ]
        return []

    @property
    def names_files(self) -> bool:
        """True if images are separate files, so that their folder must be given."""
        return self.layout in ("json", "questions", "coco") or bool(self.image and self.image.names)

    @property
    def may_name_files(self) -> bool:
        """True if a folder of images may be given. Documents in Parquet either hold their images or name their files."""
        return self.names_files or (self.layout == "parquet" and self.image is None)

    @property
    def reads(self) -> tuple[Path, ...]:
        """The paths of the values that are read from a record, each once; bytes of images come first."""
        found = [*(self.image.data if self.image else ())]
        names = self.image.names if self.image else ()
        found += [path for texts in names for text in texts for path in template_fields(text)]
        found += [path for path in (self.key, self.similarity) if path]
        found += [self.language.field] if self.language and self.language.field else []
        found += [path for pair in self.pairs for path in pair.reads]
        return tuple(dict.fromkeys(found))


def template_fields(template: str) -> list[str]:
    """Return the names of the fields that fill the braces of `template`."""
    return [field.partition(":")[0] for field in re.findall(r"\{([^{}]*)\}", template)]
