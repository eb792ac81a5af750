"""The loading of the data to learn from and to measure on: vladata.load, with the settings of a config."""

from collections.abc import Iterator
from typing import Any

import vladata
from vladata.consumer.models.backbone import Backbone
from vladata.consumer.training.parts import Parts
from vladata.consumer.training.ranks import Ranks
from vladata.errors import UsageError
from vladata.loaders.loader import Loader
from vladata.shards.sequence import Samples
from vladata.spec.training import TrainingSpec
from vladata.vocabularies.vocabulary import Vocabulary

READ_AT_ONCE = 4096


def learnt_from(
    samples: Samples, spec: TrainingSpec, backbone: Backbone, vocabulary: Vocabulary | None, ranks: Ranks
) -> Loader:
    """Return an endless loader of the batches that this process learns from, each a list of parts.

    A global batch has data.batch_size samples for any number of processes and parts, so that these numbers do not change what is
    learnt. Raises UsageError if the batch cannot be shared evenly.
    """
    data = spec.data
    share, rest = divmod(data.batch_size, ranks.world)
    if rest or share < spec.accumulate:
        raise UsageError(
            "the samples of a step cannot be shared evenly by the processes and their parts",
            where=spec.name,
            got=f"data.batch_size {data.batch_size}, {ranks.world} processes, accumulate {spec.accumulate}",
            allowed="a batch_size that is a multiple of the number of processes, with at least one sample for each part",
        )
    weights = data.weights
    loader = vladata.load(
        samples,
        share,
        split=data.split,
        seed=data.seed,
        weights=None if weights is None else dict(weights),
        augment=data.augment
        if data.augment is None or isinstance(data.augment, str)
        else data.augment.model_dump(),
        workers=data.workers,
        rank=ranks.rank,
        world=ranks.world,
        endless=True,
        collate=Parts(backbone, spec, vocabulary, spec.accumulate),
        **words_of(spec),
        **pictures_of(spec, backbone),
    )
    if data.batch_size > (there := loader.making.order.samples):
        raise UsageError(
            "a step has more samples than the data, so every step would take all of it",
            where=f"{spec.name}, data.batch_size",
            got=data.batch_size,
            allowed=f"up to {there:,}, the samples of an epoch",
        )
    return loader


def words_of(spec: TrainingSpec) -> dict[str, Any]:
    """Return the arguments of vladata.load for prompts and targets: the recipe that the config names, if any, and its prompts."""
    recipe = spec.data.recipe
    told = recipe if recipe is None or isinstance(recipe, str) else dict(recipe)
    return {"recipe": told, "prompts": spec.data.prompts}


def pictures_of(spec: TrainingSpec, backbone: Backbone) -> dict[str, Any]:
    """Return the arguments of vladata.load for pictures: the config's size, or else the size that the model takes."""
    data = spec.data
    size = data.image_size
    if size is None and (data.images is None or data.images.size is None):
        size = backbone.image_size
    images = None if data.images is None else data.images.model_dump(exclude_defaults=True)
    return {
        "image_size": size if size is None or isinstance(size, int) else tuple(size),
        "images": images,
        "cameras": None if data.cameras is None else list(data.cameras),
    }


def texts_in(paths: Iterator[str]) -> Iterator[str]:
    """Yield all prompts and targets of some outputs, in every split."""
    for path in paths:
        samples = vladata.open(path)
        for start in range(0, len(samples), READ_AT_ONCE):
            found = samples.read_batch(
                range(start, min(start + READ_AT_ONCE, len(samples))), wanted=["prompt", "target"]
            )
            yield from found["prompt"]
            yield from found["target"]


def asked_texts(spec: TrainingSpec) -> Iterator[str]:
    """Yield the texts from which the words of a small model are taken.

    They are the texts of model.words_from, or else of all outputs that the config names; and if the config names another
    recipe, also the texts that it renders."""
    paths = getattr(spec.model, "words_from", ()) or (spec.data.path, *(held.path for held in spec.held_out))
    yield from texts_in(iter(paths))
    if spec.data.recipe is not None:
        recipe: Any = spec.data.recipe
        plain = vladata.collate.Plain("prompt", "target")
        asked = recipe if isinstance(recipe, str) else dict(recipe)
        for batch in vladata.load(
            spec.data.path, READ_AT_ONCE, split=spec.data.split, recipe=asked, cameras=[], collate=plain
        ):
            yield from batch["prompt"]
            yield from batch["target"]
