"""The conversion of a web corpus as it was asked for."""

import re
from dataclasses import dataclass

from vladata.runs.settings import OutputSettings
from vladata.spec.corpus import CorpusSpec
from vladata.spec.recipe import RecipeSpec


@dataclass(frozen=True)
class WebSettings(OutputSettings):
    """sources, out: files, folders or URLs of the corpus, and the output folder.

    images:   folder or URL of its images, where they are files of their own.
    links:    other folders that links in `images` may lead into.
    split:    the split of a TFDS dataset, or several; of other corpora what their samples are called.
    limit:    the most records to take, from the start of the corpus and before any filter; 0 takes all.
    model:    a CLIP-like model, or module:function, that says a similarity where the corpus says none; "" is none.
    without:  outputs of this command whose images are not taken again.
    """

    sources: tuple[str, ...]
    out: str
    spec: CorpusSpec
    recipe: RecipeSpec
    images: str = ""
    split: str = "train"
    limit: int = 0
    model: str = ""
    without: tuple[str, ...] = ()
    links: tuple[str, ...] = ()

    @property
    def called(self) -> str:
        """The split as its samples and shards are called: "train+val" would be no name for Hugging Face."""
        return re.sub(r"\W+", "_", self.split)
