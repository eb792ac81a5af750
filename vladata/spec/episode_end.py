"""EpisodeEnd: the end of an episode, the `terminate` of a schema.

terminate: {path: is_terminal, form: flag, fallback: [is_last, position]}
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator

from vladata.spec.references import DataReference, parse
from vladata.spec.strict import Many, Strict, unrepeated
from vladata.spec.together import Problem, check


class EpisodeEnd(Strict):
    """The end of an episode. Exactly one step ends an episode: the last step that is kept."""

    path: DataReference | None = None
    """The field, or one column of it, that flags the end. Leave it out where the data has no flag, and give fallback."""
    form: Literal["flag", "one_hot3", "scalar_float", "action_column"] | None = None
    """The value at `path` that flags the end. flag: true or non-zero. one_hot3: [1, 0, 0]. scalar_float: 1.0. action_column:
    non-zero, in a column of the action."""
    fallback: Annotated[Many[Literal["is_last", "position"]], AfterValidator(unrepeated)] = ()
    """The signs of an end that are tried, in order, where no step is flagged. is_last: RLDS's flag of that name. position: the
    last step ends the episode. Left empty, an episode without a flagged step counts as cut off and has no end."""

    @check
    def _something_ends_it(self) -> Iterator[Problem]:
        if self.path is None and not self.fallback:
            yield ("path",), "is missing; where the data has no flag, write fallback: [position]"

    @check
    def _form_fits_path(self) -> Iterator[Problem]:
        if self.path is not None and self.form is None:
            yield ("form",), "is missing; say what the flag at path looks like"
        if self.path is None and self.form is not None:
            yield ("form",), f'got "{self.form}"; it is not used without path'
        reference = parse(self.path) if self.path else None
        one_column = reference and isinstance(reference.columns, slice)
        if self.path is not None and self.form == "action_column" and not one_column:
            yield ("path",), f'got "{self.path}"; allowed: one column, such as action[7]'

    @check
    def _every_fallback_is_asked(self) -> Iterator[Problem]:
        if "position" in self.fallback[:-1]:
            yield ("fallback",), '"position" always answers, so nothing after it is asked; put it last'

    def references(self) -> list[tuple[str, str]]:
        """Return the fields that are read, as (path of the key in the schema's file, reference)."""
        flags = [("terminate.path", self.path)] if self.path else []
        return [*flags, *([("terminate.fallback", "is_last")] if "is_last" in self.fallback else [])]
