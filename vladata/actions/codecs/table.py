"""The codecs by name. Who makes, reads or declares actions is given this table, or one with more in it."""

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
from vladata.actions.protocol import Codec

CODECS: dict[str, type[Codec]] = {
    "fast": Fast,
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
}
