"""The whole of `vladata doctor`: index, examination, exports."""

from dataclasses import dataclass

from vladata.beam.running import Running
from vladata.commands.rlds2vla import index
from vladata.doctor.examine import Examined, material_of
from vladata.doctor.examine import examine as examine_material
from vladata.doctor.exports import Exports
from vladata.errors import UsageError
from vladata.loaders.checks import whole_number
from vladata.robot.settings import ALL, Choice
from vladata.robot.sources import open_index
from vladata.sources.readers import NATIVE
from vladata.spec.dataset import DatasetSpec
from vladata.spec.recipe import RecipeSpec


@dataclass(frozen=True)
class Visit:
    """The question to the doctor.

    source: folder or URL of a robot dataset.   split: "all" for every split.
    chain:  an action chain of the schema; None for the recipe's, or the schema's default.
    recipe: the recipe whose bins are looked at, with what its `select` takes; None for none.
    images: number of episodes whose pictures are looked at.
    choice: the selection of episodes and steps; of a recipe its own `select`, or one made from it.
    """

    source: str
    spec: DatasetSpec
    chain: str | None = None
    recipe: RecipeSpec | None = None
    split: str = "all"
    images: int = 64
    choice: Choice = ALL
    reader: str = NATIVE

    def __post_init__(self) -> None:
        whole_number("images", self.images, least=0)
        own = self.recipe.action.chain if self.recipe else None
        if self.chain and own and self.chain != own:
            raise UsageError(
                "the action chain that was asked for is not the recipe's",
                got=self.chain,
                allowed=own,
                hint="Leave the chain out: the recipe names it.",
            )
        object.__setattr__(self, "chain", self.chain or own)


def examine(visit: Visit, running: Running, exports: Exports) -> Examined:
    """Index what is not in the cache yet, and examine it. The exports are open, and are filled."""
    sources = open_index(visit.source, visit.spec, visit.chain, visit.split, visit.reader, visit.choice)
    with running:  # its processes end before the examination
        index(sources, running)
    return examine_material(
        material_of(sources, visit.spec, visit.chain, visit.images, visit.recipe), exports
    )
