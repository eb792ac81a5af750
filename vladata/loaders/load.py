"""vladata.load: checks its arguments, opens the output and returns a Loader."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vladata.errors import UsageError
from vladata.loaders.batch import Batch, Making, parts_of
from vladata.loaders.cameras import picturing
from vladata.loaders.checks import flag, one_of, whole_number
from vladata.loaders.loader import Loader, Share, resumed
from vladata.loaders.ordering.in_blocks import FEW, InBlocks
from vladata.loaders.ordering.store import ORDERS, store_of
from vladata.loaders.pictures.following import Following
from vladata.loaders.pictures.image_contract import check_images, images_of
from vladata.loaders.pictures.picturing import Picturing
from vladata.loaders.rooms import Rooms
from vladata.mixtures.open import open as open_output
from vladata.shards.remote.cache_rule import Given
from vladata.shards.sequence import Samples

if TYPE_CHECKING:
    from vladata.loaders.rendering.rerender import Rerender

MOST_WORKERS = (
    16  # threads that are started by default, at most: more do not help, because of the interpreter lock
)
READY = 2  # batches that are ready or being finished, besides the batches that threads begin


def load(
    path: str | os.PathLike[str] | Samples,
    batch_size: int,
    *,
    split: str | None = None,
    seed: int = 0,
    epoch: int = 0,
    shuffle: bool = True,
    order: str = "samples",
    weights: Mapping[str, float] | None = None,
    rank: int = 0,
    world: int = 1,
    workers: int | None = None,
    image_size: int | Sequence[int] | None = None,
    images: Mapping[str, Any] | None = None,
    cameras: Sequence[str] | None = None,
    augment: str | Mapping[str, Any] | None = None,
    normalise: str | Mapping[str, Any] | None = None,
    recipe: Any = None,
    prompts: str | None = None,
    collate: Callable[[Batch], Any] | None = None,
    drop_last: bool = False,
    endless: bool = False,
    on_error: str = "raise",
    resume: Mapping[str, Any] | None = None,
    expect: Mapping[str, Any] | None = None,
    cache: Given | None = None,
    prefetch: int | None = None,
) -> Loader:
    """Return the batches of a converted dataset or mixture, for a training loop.

    path:       a folder or fsspec URL, or a dataset from `vladata.open`, whole, sliced or selected.
    batch_size: samples of a batch of this rank.
    split:      the name of the split; None if there is only one.
    seed:       decides the order, together with the epoch.   epoch: the first one.   shuffle: False for the stored order.
    order:      "samples", or "episodes" for whole episodes, step after step.
    weights:    other shares than a mixture's own: {source: number}.
    rank, world: this process's part of one global order: rank r of `world` has the r-th part of every global batch.
    workers:    threads that read and decode; None for one per core; with 0 the loop's own thread makes each batch.
    image_size: size of pictures in pixels, one number or (height, width); None if all pictures have one size already.
    images:     how pictures are resized: {"size", "fit", "resample", "crop_area", "pad", "jpeg"}, as in a recipe.
    cameras:    names of cameras in the order of the array; None for all, in the manifest's order; [] for no pictures.
    augment:    random crops, turns and colours: a preset ("octo", "openvla", "openpi"), a YAML file, or settings.
    normalise:  "imagenet", "siglip" or {"mean", "std"}: returns float32 in place of uint8.
    recipe:     another recipe for prompts, tasks and bins: a name, path or spec; for a mixture also {source: recipe}.
    prompts:    "redrawn": epochs after the first draw other prompts of a task; "kept": they do not. None: "redrawn" with a
                recipe; without a recipe, prompts are as stored.
    collate:    called with each batch, in the threads; the loop gets its result. `vladata.collate` has two collators.
    drop_last:  True to leave out the samples at the end of an epoch that do not fill a global batch.
    endless:    True if the loop continues with the next epoch.
    on_error:   for a sample that cannot be read or decoded, "raise" a LoadError or "skip" it; `loader.skipped` has the counts.
    resume:     a state from `state_dict()` from which to continue, made with any number of ranks, batch size and threads.
    expect:     the action contract that a model was trained with, or its `images`: ContractMismatch lists the differences.
    cache:      space on this machine for shards at URLs: "20GB", a number of bytes or
                {"folder": PATH, "size": ...}; None to keep no shards (docs/remote.md).
    prefetch:   batches made ahead of the loop; None for enough to keep the threads busy.

    A batch is a dict (vladata/loaders/batch.py, docs/loading.md). Raises UsageError for a wrong argument, UnknownName
    for an unknown split or camera, NotADataset and ChecksumMismatch as vladata.open does.
    """
    batch_size = whole_number("batch_size", batch_size, 1)
    world = whole_number("world", world, 1)
    rank = whole_number("rank", rank, 0, world - 1, f"Ranks are counted from 0; there are {world}.")
    epoch = whole_number("epoch", epoch, 0)
    one_of("order", order, ORDERS)
    one_of("on_error", on_error, ("raise", "skip"))
    for name, value in {"shuffle": shuffle, "drop_last": drop_last, "endless": endless}.items():
        flag(name, value)
    if collate is not None and not callable(collate):
        raise UsageError("collate must be a function of a batch, or None", got=collate)
    if resume is not None and epoch:
        raise UsageError(
            "the epoch is given twice: a state contains its epoch", got=f"epoch={epoch}, resume=..."
        )
    workers, ahead = _threads(workers, prefetch, batch_size)
    samples = _opened(path, cache)
    store = store_of(samples, split, shuffle=shuffle, weights=weights)
    rerender = _rerender(samples, recipe, prompts, seed, image_size is not None or images is not None)
    asked: dict[str, Any] = {
        "image_size": image_size,
        "images": images,
        "augment": augment,
        "normalise": normalise,
    }
    pictures = picturing(samples, cameras, rerender, **asked)
    shown = {} if pictures is None else images_of(samples.contracts, pictures)
    if expect is not None:
        check_images(expect, shown, samples.url)
    wanted = None if pictures else [name for name in samples.shapes.names if name != "images"]
    found = store.order(seed, order)
    making = Making(
        store=store,
        order=InBlocks(found) if batch_size * world <= FEW else found,
        pictures=pictures,
        wanted=wanted,
        collate=_told(collate, samples, rerender),
        skip=on_error == "skip",
        rerender=rerender,
        following=None if pictures is None else _following(samples, pictures, rerender),
        rooms=Rooms(0 if pictures is None else batch_size * pictures.bytes, ahead + 2),
        seed=seed,
        shown=shown,
    )
    share = Share(batch_size, rank, world, drop_last, endless, workers, ahead)
    if resume is not None:
        return Loader(making, share, resumed(making.order, share, resume))
    return Loader(making, share, making.order.begin(batch_size * world, epoch))


def _opened(path: str | os.PathLike[str] | Samples, cache: Given | None) -> Samples:
    if not isinstance(path, Samples):
        return open_output(path, cache)
    if cache is not None:
        hint = "vladata.open(PATH, cache=...) has the same setting."
        raise UsageError(
            "cache has no use: the samples are already open", where=path.url, got=cache, hint=hint
        )
    return path


def _threads(workers: int | None, prefetch: int | None, batch_size: int) -> tuple[int, int]:
    """Return the number of threads, and of batches ahead of the loop."""
    if workers is None:
        workers = min(cores(), MOST_WORKERS)
    workers = whole_number("workers", workers, 0, hint="0 makes batches in the loop itself, without threads.")
    if prefetch is None:
        return workers, READY + -(-workers // parts_of(batch_size))
    if not workers:
        raise UsageError(
            "prefetch has no use without threads",
            got=f"prefetch={prefetch}, workers=0",
            allowed="prefetch=None",
        )
    return workers, whole_number("prefetch", prefetch, 1)


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _rerender(
    samples: Samples, recipe: Any, prompts: str | None, seed: int, own_images: bool
) -> "Rerender | None":
    if recipe is None and prompts is None:
        return None
    from vladata.loaders.rendering.rerender import Rerender

    return Rerender(samples, recipe, seed=seed, prompts=prompts, own_images=own_images)


def _told(
    collate: Callable[[Batch], Any] | None, samples: Samples, rerender: "Rerender | None"
) -> Callable[[Batch], Any] | None:
    """Return the collator, bound to the contracts of the samples if it needs them."""
    bound = getattr(collate, "bound", None)
    if bound is None:
        return collate
    from vladata.loaders.collators.terms import terms_of

    told: Callable[[Batch], Any] = bound(terms_of(samples, rerender))
    return told


def _following(samples: Samples, pictures: Picturing, rerender: "Rerender | None") -> Following | None:
    """Return the corrector of texts that name places on pictures; None if no text can need a change."""
    rule, augment = pictures.rule, pictures.augment
    if rerender is None:
        found = Following.of(samples.manifest, rule, augment)
    else:
        found = Following(rerender.words, rerender.contracts, rule, augment)
    return None if found.is_idle else found
