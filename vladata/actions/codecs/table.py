"""The codecs by name. Who makes, reads or declares actions is given this table, or one with more in it."""

from vladata.actions.codecs.fast import Fast
from vladata.actions.codecs.rt1 import RT1
from vladata.actions.codecs.rt1_x import RT1X
from vladata.actions.codecs.rt2 import RT2
from vladata.actions.codecs.words import Words
from vladata.actions.protocol import Codec

CODECS: dict[str, type[Codec]] = {
    "fast": Fast,
    "rt1": RT1,
    "rt1-x": RT1X,
    "rt2": RT2,
    "words": Words,
}
