"""The table of codecs by name: ours and those of installed packages."""

import inspect
from typing import Any

from vladata.actions.codecs.fast import Fast
from vladata.actions.codecs.language_table import LanguageTable
from vladata.actions.codecs.octo import Octo
from vladata.actions.codecs.openpi_state import OpenPIState
from vladata.actions.codecs.openvla import OpenVLA
from vladata.actions.codecs.rt1 import RT1
from vladata.actions.codecs.rt1_base import RT1Base
from vladata.actions.codecs.rt1_x import RT1X
from vladata.actions.codecs.rt2 import RT2
from vladata.actions.codecs.text_integers import TextIntegers
from vladata.actions.codecs.uniform import Uniform
from vladata.actions.codecs.words import MotionWords
from vladata.actions.protocol import Codec
from vladata.plugins import PluginTable

OURS: dict[str, type[Codec]] = {
    "rt1": RT1,
    "rt1-x": RT1X,
    "rt1-base": RT1Base,
    "rt2": RT2,
    "openvla": OpenVLA,
    "octo": Octo,
    "openpi-state": OpenPIState,
    "language-table": LanguageTable,
    "text-integers": TextIntegers,
    "uniform": Uniform,
    "fast": Fast,
    "words": MotionWords,
}


def wrong(name: str, found: Any) -> str:
    """Return the reason why an entry of another package cannot be the codec `name`; "" if it can."""
    if not inspect.isclass(found):
        return f"expected a class, got {type(found).__name__}"
    has = {*dir(found), *(field for each in found.__mro__ for field in inspect.get_annotations(each))}
    asked = {*vars(Codec), *inspect.get_annotations(Codec)}
    if lacks := sorted(each for each in asked - has if not each.startswith("_")):
        return f"{found.__name__} lacks {', '.join(lacks)}"
    kind = getattr(found, "kind", None)
    return "" if kind == name else f'its kind is "{kind}", but must be the name of the entry point'


CODECS: PluginTable[type[Codec]] = PluginTable("codec", "vladata.codecs", OURS, wrong)
