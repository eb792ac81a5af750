"""A web corpus that can be read: its declaration, its files, the folder of its images. It is small and can be pickled.

Rule: the name of a file is its path below the folder that all files share. So equal copies of a corpus on two machines have
equal names, and files called 00000.tar in two folders have different names.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

from vladata.corpora.files import find_files, refuse_programs
from vladata.corpora.image_files import check_folder
from vladata.errors import FormatError, MissingFile, SourceError, UsageError
from vladata.formats.json_stream import first_key
from vladata.sources.features import FEATURES, Features, parse_features
from vladata.sources.folder import Folder, explained
from vladata.sources.splits import parse_split
from vladata.sources.tfrecord import tfrecord_dataset
from vladata.spec.corpus import FILES, CorpusSpec


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """One file that holds records.

    name:        its name, different from that of any other file of the corpus; relative, with slashes.
    url:         absolute path or URL.
    shard:       its number in the corpus, from 0.
    annotations: absolute path or URL of the file with the answers to its questions; "" if there is none.
    expected:    number of records that it must hold; -1 if unknown.
    stop:        number of rows used of its part of the index, from the first row on; -1 for all.
    """

    name: str
    url: str
    shard: int
    annotations: str = ""
    expected: int = -1
    stop: int = -1

    @property
    def rows(self) -> tuple[int, int | None]:
        """The used rows of its part of the index: the first, and their number (None for all)."""
        return 0, None if self.stop < 0 else self.stop

    def open(self) -> BinaryIO:
        return open_url(self.url)

    def version(self) -> str:
        """Return the identity of the contents of the file and its annotations, without reading them."""
        return " ".join(_folder(url).version(_base(url)) for url in (self.url, self.annotations) if url)


@dataclass(frozen=True)
class Corpus:
    """A corpus that can be read.

    spec:   the layout of its files.
    files:  its files, in the order that the user gave.
    images: absolute path or URL of the folder of its images; "" if the files hold the images.
    links:  absolute paths of other folders that links in `images` may point into.
    hidden: number of hidden files in the named folders, which are not read.
    """

    spec: CorpusSpec
    files: tuple[CorpusFile, ...]
    images: str = ""
    links: tuple[str, ...] = ()
    hidden: int = 0

    @property
    def name(self) -> str:
        return self.spec.name

    def version(self, name: str) -> str:
        """Return the identity of the contents of the file `name`, without reading it."""
        return self.by_name[name].version()

    @cached_property
    def by_name(self) -> dict[str, CorpusFile]:
        """The files by their names."""
        return {file.name: file for file in self.files}


def open_corpus(
    spec: CorpusSpec,
    sources: Sequence[str],
    images: str = "",
    split: str = "train",
    links: Sequence[str] = (),
) -> Corpus:
    """Open the corpus at `sources`: paths, globs, brace ranges, folders or URLs; for TFDS one version folder.

    images: the folder of image files, if the records name such files; it must not be empty then.
    split:  the splits of a TFDS dataset.
    links:  other folders that links in the images folder may point into.
    """
    allowed_links = _links(images, links)
    if spec.layout == "tfds":
        return Corpus(spec, _of_tfds(sources, split))
    if not re.fullmatch(r"\w+", split, re.ASCII):
        allowed = "letters, digits and _"
        raise UsageError(
            "the split's name becomes part of file names, and has other characters",
            got=split,
            allowed=allowed,
        )
    folder = _images(spec, images)
    urls, hidden = find_files(sources, FILES[spec.layout])
    beside = [""] * len(urls)
    if spec.layout == "questions":
        urls, beside = _paired(spec, urls)
    names = _names(urls)
    files = [
        CorpusFile(name, url, shard, annotations)
        for shard, (name, url, annotations) in enumerate(zip(names, urls, beside, strict=True))
    ]
    return Corpus(spec, tuple(files), folder, allowed_links, hidden)


def open_url(url: str) -> BinaryIO:
    """Open the file at an absolute path or URL, and return it as a seekable file."""
    return _folder(url).open(_base(url))


def tfds_features(file: CorpusFile) -> Features:
    """Return features.json of the TFDS dataset that a file belongs to."""
    folder = _folder(file.url)
    return parse_features(folder.read(FEATURES), folder.path(FEATURES), "")


def _folder(url: str) -> Folder:
    return Folder(url.rpartition("/")[0])


def _base(url: str) -> str:
    return url.rpartition("/")[2]


def _images(spec: CorpusSpec, images: str) -> str:
    refuse_programs(images)
    if images and not spec.may_name_files:
        what = f"the corpus {spec.name} holds its images itself"
        raise UsageError(what, where="the images folder", got=images, allowed="none")
    if not images and spec.names_files:
        what = f"the records of {spec.name} name image files, and no images folder is given"
        raise UsageError(what, hint="Name the folder below which these files lie: --images FOLDER.")
    if not images:
        return ""
    folder = Folder.at(images)
    check_folder(folder)
    return folder.url


def _links(images: str, links: Sequence[str]) -> tuple[str, ...]:
    folders = [Folder.at(link) for link in links]
    if links and not (images and Folder.at(images).is_local):
        raise UsageError(
            "only a local images folder can have links that lead out of it",
            where="--links-into",
            got=links[0],
        )
    for folder in folders:
        if not (folder.is_local and os.path.isdir(folder.url)):
            raise MissingFile("there is no such folder for links to lead into", where=folder.url)
    return tuple(folder.url for folder in folders)


def _of_tfds(sources: Sequence[str], split: str) -> tuple[CorpusFile, ...]:
    if len(sources) != 1:
        raise UsageError("a TFDS dataset is one version folder", got=", ".join(sources))
    refuse_programs(sources[0])
    folder, info = tfrecord_dataset(Folder.at(sources[0]))
    found: list[CorpusFile] = []
    for part in parse_split(split, info):
        records = info.splits[part.split]
        if (part.start, part.stop) != (0, records.records):
            allowed = 'whole splits, for example "train" or "train+validation"'
            raise UsageError(
                "a part of a split cannot be converted as a corpus", where=f"split {split!r}", allowed=allowed
            )
        for name, length in zip(records.files, records.shard_lengths, strict=True):
            found.append(CorpusFile(name, folder.path(name), len(found), expected=length))
    return tuple(found)


def _paired(spec: CorpusSpec, urls: list[str]) -> tuple[list[str], list[str]]:
    """Return the files of questions, and the file of annotations of each, both in the given order.

    The content of a file tells its kind. So the user may give all questions before all annotations, or both in turn.
    """
    assert spec.annotations is not None, "the spec's own check"
    questions, annotations = spec.records or "", spec.annotations.records
    kinds: dict[str, list[str]] = {questions: [], annotations: []}
    for url in urls:
        with open_url(url) as file, explained(url):
            try:
                kind = first_key(file, (questions, annotations))
                file.seek(0)
                is_list = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")
            except FormatError as fault:
                fault.where = url
                raise
        if not kind:
            allowed = f'a file with "{questions}" or "{annotations}"'
            got = "a list" if is_list else None
            raise SourceError("neither questions nor annotations", where=url, got=got, allowed=allowed)
        kinds[kind].append(url)
    if len(kinds[questions]) != len(kinds[annotations]):
        got = f"{len(kinds[questions])} of questions, {len(kinds[annotations])} of annotations"
        hint = "Each file of questions needs the file of its annotations."
        raise UsageError(f"the files of {spec.name} come in pairs", got=got, hint=hint)
    return kinds[questions], kinds[annotations]


def _names(urls: Sequence[str]) -> list[str]:
    """Return the names of the files below the folder that they share."""
    parts = [url.split("/") for url in urls]
    depth = 0
    while all(len(part) > depth + 1 and part[depth] == parts[0][depth] for part in parts):
        depth += 1
    schemes = {url.partition("://")[0] if "://" in url else "" for url in urls}
    if len(schemes) > 1:
        raise UsageError("the files of one corpus must lie in one place", got=", ".join(sorted(schemes)))
    return ["/".join(part[depth:]) for part in parts]
