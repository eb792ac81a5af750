"""The job of a web conversion: all settings that decide its output."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from vladata.corpora.corpus import Corpus, CorpusFile
from vladata.plan.units import Layout
from vladata.spec.corpus import CorpusSpec
from vladata.spec.recipe import RecipeSpec

PLAIN = ("index", "split", "asked", "limit", "model", "lists", "images", "plan")


@dataclass(frozen=True)
class WebJob:
    """One conversion.

    corpus:  the corpus, with its files and the folder of its images.
    index:   the place of the parts of its index.
    split:   the split name of its samples.
    asked:   the split as the user wrote it.
    limit:   the most records to take; 0 for all. `corpus` has only the files that hold these records.
    model:   the model that gives similarities if the corpus has none; "" for no model.
    lists:   path -> SHA-256 of the lists of keys and images that the recipe names.
    without: digests of the manifests of outputs whose images are not taken.
    images:  the greatest number of images of a sample.
    plan:    SHA-256 of the plan file.
    """

    corpus: Corpus
    index: str
    recipe: RecipeSpec
    split: str
    asked: str
    limit: int
    model: str
    lists: Mapping[str, str]
    without: tuple[str, ...]
    layout: Layout
    images: int
    plan: str

    def as_json(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in PLAIN}
        corpus = {
            "spec": self.corpus.spec.model_dump(mode="json"),
            "files": [asdict(file) for file in self.corpus.files],
            "images": self.corpus.images,
            "links": list(self.corpus.links),
        }
        recipe = self.recipe.model_dump(mode="json")
        return {
            **plain,
            "without": list(self.without),
            "corpus": corpus,
            "recipe": recipe,
            "layout": asdict(self.layout),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "WebJob":
        given = data["corpus"]
        spec = CorpusSpec.model_validate_json(orjson.dumps(given["spec"]))
        files = tuple(CorpusFile(**file) for file in given["files"])
        made = {
            "corpus": Corpus(spec, files, given["images"], tuple(given["links"])),
            "recipe": RecipeSpec.model_validate_json(orjson.dumps(data["recipe"])),
            "layout": Layout(**data["layout"]),
            "without": tuple(data["without"]),
        }
        return cls(**{**data, **made})
