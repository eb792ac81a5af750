"""The settings of the conversion of a web corpus."""

import re
from dataclasses import dataclass

from vladata.runs.settings import OutputSettings
from vladata.spec.corpus import CorpusSpec
from vladata.spec.recipe import RecipeSpec


@dataclass(frozen=True)
class WebSettings(OutputSettings):
    """The settings of the conversion of a web corpus.

    sources:  files, folders or URLs of the corpus.
    out:      the output folder, a path or URL.
    images:   folder or URL of its images, if these are separate files.
    links:    other folders that links in `images` may point into.
    split:    the split of a TFDS dataset, or several; for other corpora the split name of their samples.
    limit:    the most records to take, from the start of the corpus and before any filter; 0 takes all.
    model:    a CLIP-like model, or module:function, that gives similarities if the corpus has none; "" for no model.
    without:  other outputs of `vladata convert web2vla`, whose images are not taken again.
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
        """The split name of its samples and shards: "train+val" would not be a valid name for Hugging Face."""
        return re.sub(r"\W+", "_", self.split)
