"""Find the kind of a file by its first bytes, whatever its name is.

A kind is returned only if the bytes leave no doubt; else None. If a file is of two kinds (a .npz is a zip), the more specific
kind is returned. This is the only table of first bytes: code that finds another kind of file than expected takes the name of the
kind and the advice from here.

Sources: each format's description; for TFRecord the checksum of its first length; for Riegeli, and so for ArrayRecord, the hash
and sizes of the block at the beginning.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from vladata.formats.checksum import masked_crc

HEAD = 8192
"""The number of first bytes that `kind_of` needs; with fewer it finds fewer kinds."""

_FETCH = "Fetch the file again: this is not the file itself."
_UNPACK = "decompress it first, since a compressed file cannot be read from its middle."
_NO_READER = (
    "vladata does not read it: write the data as RLDS (TFDS TFRecord files; rlds_dataset_builder shows how)"
)
_CORPUS = "`vladata convert web2vla` reads it with a corpus schema of layout {}; `vladata corpora list` has those that ship."
_LEROBOT = "`vladata convert rlds2vla` reads it (v2.0 to v3.0): name the folder that holds meta/info.json."


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file or folder.

    name: one word for programs, "parquet".
    is_a: the name in a sentence, "a Parquet file".
    hint: advice for a user who gave such a file, one or two sentences.
    """

    name: str
    is_a: str
    hint: str


PARQUET = FileKind("parquet", "a Parquet file", _CORPUS.format("parquet"))
TAR = FileKind("tar", "a tar archive", _CORPUS.format("webdataset"))
JSON = FileKind("json", "a JSON file", _CORPUS.format("json, questions or coco"))
JSON_LINES = FileKind("json_lines", "JSON Lines, one record per line", _CORPUS.format("json"))
TFRECORD = FileKind(
    "tfrecord",
    "a TFRecord file",
    "TFRecord files are read as a TFDS version folder, with dataset_info.json and features.json beside them: name that folder.",
)
RIEGELI = FileKind(
    "riegeli",
    "a Riegeli or ArrayRecord file",
    "ArrayRecord is read as a TFDS version folder of robot episodes, with dataset_info.json and features.json beside it: name "
    "that folder. Of other Riegeli files TFDS can write TFRecord.",
)
HDF5 = FileKind(
    "hdf5",
    "an HDF5 file",
    "HDF5 files of robot episodes are read where their names end in .hdf5 or .h5: name the file, or the folder that holds them.",
)
MCAP = FileKind("mcap", "an MCAP recording", f"MCAP: {_NO_READER}.")
ROS_BAG = FileKind("ros_bag", "a ROS bag", f"A ROS bag is a recording of messages; {_NO_READER}.")
ARROW = FileKind(
    "arrow",
    "an Arrow file",
    "Write it as Parquet: with Hugging Face datasets, `load_from_disk(FOLDER).to_parquet(FILE)`.",
)
GZIP = FileKind("gzip", "a gzip file", f"gzip: {_UNPACK}")
BZIP2 = FileKind("bzip2", "a bzip2 file", f"bzip2: {_UNPACK}")
XZ = FileKind("xz", "an xz file", f"xz: {_UNPACK}")
ZSTD = FileKind("zstd", "a zstd file", f"zstd: {_UNPACK}")
LZ4 = FileKind("lz4", "an lz4 file", f"lz4: {_UNPACK}")
ZIP = FileKind("zip", "a zip archive", "Unpack it first: zip archives are not read, nor is anything in them.")
SEVEN_ZIP = FileKind("7z", "a 7z archive", "Unpack it first.")
RAR = FileKind("rar", "a rar archive", "Unpack it first.")
NPZ = FileKind("npz", "a NumPy .npz archive", f"NumPy arrays: {_NO_READER}.")
NPY = FileKind("npy", "a NumPy .npy array", f"NumPy arrays: {_NO_READER}.")
PICKLE = FileKind(
    "pickle",
    "a Python pickle",
    f"A pickle is never opened, since opening it runs the code in it; {_NO_READER}.",
)
TORCH = FileKind(
    "torch", "a PyTorch file", f"A PyTorch file is never opened, since it holds a pickle; {_NO_READER}."
)
SQLITE = FileKind("sqlite", "an SQLite database", f"SQLite (ROS 2 bags are such files): {_NO_READER}.")
LMDB = FileKind("lmdb", "an LMDB database", f"LMDB: {_NO_READER}; of images and texts write tars or Parquet.")
ZARR = FileKind("zarr", "a Zarr store", f"Zarr: {_NO_READER}.")
LEROBOT = FileKind("lerobot", "a LeRobot dataset", _LEROBOT)
TFDS = FileKind(
    "tfds",
    "a TFDS dataset",
    "Robot episodes: `vladata convert rlds2vla`. Images with texts: `convert web2vla` with a corpus schema of layout tfds.",
)
VLADATA = FileKind(
    "vladata",
    "an output of vladata, which is made from a source and is not one",
    "Name the dataset that it was made from. `vladata inspect`, `verify`, `mix` and `train`, and vladata.load, take an output.",
)
HF_DISK = FileKind(
    "hf_disk",
    "a dataset that Hugging Face's save_to_disk wrote",
    "Write it as Parquet: `load_from_disk(FOLDER).to_parquet(FILE)`.",
)
MDS = FileKind(
    "mds", "a MosaicML Streaming dataset (MDS)", "MDS is not read: write its samples as tars or Parquet."
)
IMAGE = FileKind(
    "image",
    "an image",
    "Images that are files of their own are read through a file that names them: JSON with a corpus schema whose `image` is "
    "`file`, and --images FOLDER.",
)
VIDEO = FileKind(
    "video",
    "a video",
    "Videos are not read as a source: take pictures from them, and pack these with their texts.",
)
PDF = FileKind(
    "pdf", "a PDF document", "PDF is not read: pack its pictures and texts as tars, Parquet or JSON."
)
HTML = FileKind(
    "html", "a web page", f"The download gave a page (an error, or a login) in place of the file. {_FETCH}"
)
XML = FileKind("xml", "an XML text", f"Stores answer so when a file is refused or not there. {_FETCH}")
LFS = FileKind(
    "lfs",
    "a Git LFS pointer in place of the file",
    "Run `git lfs pull` in its repository, or download the file itself.",
)
ANNEX = FileKind("annex", "a git-annex pointer in place of the file", "Run `git annex get` on the file.")
EMPTY = FileKind("empty", "an empty file", f"It holds no byte. {_FETCH}")
UTF_16 = FileKind(
    "utf16",
    "a text in UTF-16",
    "Write it anew in UTF-8, as all text that is read: `iconv -f UTF-16 -t UTF-8 FILE > NEW`.",
)
TEXT = FileKind(
    "text",
    "a plain text",
    "Tables of links (CC3M's .tsv and the like) hold no images: img2dataset fetches these and packs them as tars or Parquet.",
)

_STARTS: tuple[tuple[bytes, FileKind], ...] = (
    (b"PAR1", PARQUET),
    (b"PARE", PARQUET),  # with an encrypted footer
    (b"ARROW1\0\0", ARROW),
    (b"FEA1", ARROW),
    (b"\x89HDF\r\n\x1a\n", HDF5),
    (b"\x89MCAP0\r\n", MCAP),
    (b"#ROSBAG V", ROS_BAG),
    (bytes.fromhex("83af70d10d884a3f0000000000000000400000000000000091bac23c9287e1a9"), RIEGELI),
    (b"\x1f\x8b", GZIP),
    (b"BZh", BZIP2),
    (b"\xfd7zXZ\0", XZ),
    (b"\x28\xb5\x2f\xfd", ZSTD),
    (b"\x04\x22\x4d\x18", LZ4),
    (b"7z\xbc\xaf\x27\x1c", SEVEN_ZIP),
    (b"Rar!\x1a\x07", RAR),
    (b"PK\3\4", ZIP),
    (b"PK\5\6", ZIP),  # an empty one
    (b"PK\7\x08", ZIP),
    (b"\x93NUMPY", NPY),
    (b"SQLite format 3\0", SQLITE),
    (b"\xff\xd8\xff", IMAGE),
    (b"\x89PNG\r\n\x1a\n", IMAGE),
    (b"GIF8", IMAGE),
    (b"II*\0", IMAGE),
    (b"MM\0*", IMAGE),
    (b"\x1a\x45\xdf\xa3", VIDEO),
    (b"%PDF-", PDF),
    (b"version https://git-lfs.github.com/spec/", LFS),
    (b"/annex/objects/", ANNEX),
)
_UTF_16 = re.compile(rb"\xff\xfe[^\0]\0|\xfe\xff\0[^\0]")
_BOM = b"\xef\xbb\xbf"
_PAGE = re.compile(rb"<(!doctype\s+html|html|head|body|title|script|meta|p>|h1)", re.IGNORECASE)
_XML = re.compile(rb"<(\?xml|error>)", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def kind_of(head: bytes) -> FileKind | None:
    """Return the kind of the file that begins with `head`; None if it is not certain.

    head: the first HEAD bytes, or all bytes of a shorter file.
    """
    if not head:
        return EMPTY
    for start, kind in _STARTS:
        if head.startswith(start):
            return _zipped(head) if kind is ZIP else kind
    return next((kind for found, kind in _INSIDE if found(head)), None) or _text(head)


def _zipped(head: bytes) -> FileKind:
    """Return the kind of a zip archive by the name of its first member."""
    name = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    if name.endswith(b".npy"):
        return NPZ
    return TORCH if name.endswith(b"/data.pkl") else ZIP


def _is_small(length: bytes) -> bool:
    """Return True if this is the length of an Arrow stream's first message."""
    return len(length) == 4 and 0 < int.from_bytes(length, "little") < 1 << 24 and not length[0] % 8


_INSIDE: tuple[tuple[Callable[[bytes], bool], FileKind], ...] = (
    (lambda head: head[257:262] == b"ustar", TAR),
    (lambda head: len(head) >= 12 and masked_crc(head[:8]) == int.from_bytes(head[8:12], "little"), TFRECORD),
    (
        lambda head: head[:4] == b"\xff" * 4 and _is_small(head[4:8]),
        ARROW,
    ),  # a stream, the form of Hugging Face's caches
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", IMAGE),
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"AVI ", VIDEO),
    (lambda head: _UTF_16.match(head) is not None, UTF_16),
    (lambda head: head[4:8] == b"ftyp", VIDEO),
    (lambda head: head[16:20] == b"\xde\xc0\xef\xbe", LMDB),
    (lambda head: any(head[at : at + 8] == b"\x89HDF\r\n\x1a\n" for at in (512, 1024, 2048, 4096)), HDF5),
    (
        lambda head: (
            head[:1] == b"\x80" and head[1:2] in (b"\2", b"\3", b"\4", b"\5") and head[2:3] in b"\x95}]c"
        ),
        PICKLE,
    ),
)


def _text(head: bytes) -> FileKind | None:
    """Return the kind of a text; None for bytes that are not a text."""
    text = head.removeprefix(_BOM).lstrip()
    if _PAGE.match(text):
        return HTML
    if _XML.match(text):
        return XML
    try:
        whole = text.decode("utf-8")
    except UnicodeDecodeError as fault:
        if (
            len(text) - fault.start > 3 or len(head) < HEAD
        ):  # more than a character that is cut off at the end of `head`
            return None
        whole = text[: fault.start].decode("utf-8")
    if _CONTROL.search(text):
        return None
    return _json(whole) or (TEXT if whole else None)


def _json(text: str) -> FileKind | None:
    """Return the kind of a text that begins like JSON: JSON lines if its first line is complete and another line follows."""
    if not re.match(r'\{\s*("|\}|$)|\[\s*([\[\]{"0-9tfn-]|$)', text):
        return None
    first, _, rest = text.partition("\n")
    if text[0] == "{" and rest.lstrip().startswith("{"):
        try:
            json.loads(first)
        except (ValueError, RecursionError):
            return JSON
        return JSON_LINES
    return JSON
