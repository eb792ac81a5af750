"""A test for the files of an archive that are not members of records.

Rule: as in webdataset, a name without a dot, or with nothing before the dot, has no key (README, .DS_Store, ._0.jpg), and a
folder __LIKE_THIS__ at the top is not data. Hidden files in folders (a/._0.jpg, which webdataset takes as a record with the key
"a/") and files that operating systems leave behind are not members either.
"""

import re

from vladata.spec.corpus import CorpusSpec

NOT_READ = "file that the schema does not read"
HIDDEN = "hidden file"
UNNAMED = "file without an ending"
LEFT_BEHIND = "file that a system left behind"
_FOLDERS = re.compile(
    r"^__[^/]*__/|(^|/)(__MACOSX|\.ipynb_checkpoints|\.AppleDouble|\.git|@eaDir|PaxHeaders(\.\d+)?)/"
)
_FILES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini"})
NO_MEMBER = ("", "")


class Strays:
    """A test of the names in one corpus's archives. It remembers the last folder, since names mostly come folder by folder."""

    def __init__(self, spec: CorpusSpec) -> None:
        self._ends_at_last = spec.key_ends == "last_dot"
        self._folder, self._is_out = "", False

    def member(self, name: str) -> tuple[str, str]:
        """Return the key of a member, and its suffix in small letters; NO_MEMBER if the name is not one of a member."""
        slash = name.rfind("/") + 1
        dot = name.rfind(".", slash) if self._ends_at_last else name.find(".", slash)
        if dot <= slash or name[slash] == ".":
            return NO_MEMBER
        if slash and self._lies_out(name[:slash]):
            return NO_MEMBER
        suffix = name[dot + 1 :].lower()
        if suffix in ("db", "ini") and name[slash:].lower() in _FILES:
            return NO_MEMBER
        return name[:dot], suffix

    def kind(self, name: str) -> str:
        """Return the kind of a file that is not a member."""
        base = name.rpartition("/")[2]
        if base.startswith("."):
            return HIDDEN
        return UNNAMED if "." not in base else LEFT_BEHIND

    def _lies_out(self, folder: str) -> bool:
        if folder != self._folder:
            self._folder, self._is_out = folder, _FOLDERS.search(folder) is not None
        return self._is_out
