"""`annotation`: the value of any field of annotations, unchanged.

Q: what is going on? A:      the drawer is half open
"""

from collections.abc import Mapping
from typing import Any

from vladata.actions.settings import Text
from vladata.language.tasks.places import NOTE, place_of
from vladata.language.tasks.task import Steps, Task, Texts


def _annotation(steps: Steps, settings: Mapping[str, Any]) -> Texts:
    place = place_of(f"{NOTE}{settings['field']}")
    assert place is not None
    return place(steps, settings)


ANNOTATION = Task(
    about="A field of annotations, unchanged.",
    prompt="",
    target="{annotation}",
    needs=("annotation",),
    places={"annotation": _annotation},
    settings={"field": Text("caption", "The field of the annotations.")},
)
