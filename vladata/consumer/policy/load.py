"""vladata.policy: a checkpoint as a policy."""

import os

from vladata.consumer.models.load import load_backbone
from vladata.consumer.policy.policy import Policy
from vladata.consumer.training.checkpoint import read_checkpoint
from vladata.consumer.training.ranks import device_of
from vladata.errors import UnknownName, UsageError


def policy(
    checkpoint: str | os.PathLike[str],
    device: str = "cpu",
    dataset: str | None = None,
    most: int = 64,
    temperature: float = 0.0,
    seed: int = 0,
) -> Policy:
    """Return the policy of a checkpoint, or of the newest checkpoint of a run.

    device:  where it computes, "cpu" or "cuda".
    dataset: whose recipe and action contract it acts by, where it learnt from several robot datasets: the name of the source.
    most:    tokens of a plan in words.
    temperature: 0 says the likeliest token; else tokens are drawn, by `seed` and the `id` of an observation, whatever the batch.

    Raises MissingFile where there is no checkpoint, UsageError where it learnt no actions, or of several datasets and none is
    named, UnknownName for one that it did not learn from.
    """
    found = read_checkpoint(checkpoint)
    names = [robot.name for robot in found.robots]
    where = str(checkpoint)
    if not names:
        raise UsageError("the model learnt no actions", where=where, hint="Train it on a robot dataset.")
    if dataset is None and len(names) > 1:
        raise UsageError(
            "the model learnt from several robot datasets",
            where=where,
            allowed=f"dataset= one of {', '.join(names)}",
        )
    if dataset is not None and dataset not in names:
        raise UnknownName("robot dataset of the checkpoint", dataset, names, where)
    robot = found.robots[0 if dataset is None else names.index(dataset)]
    if most < 1 or not 0 <= temperature < float("inf"):
        got = f"most={most}, temperature={temperature}"
        raise UsageError("tokens cannot be chosen so", got=got, allowed="most from 1, temperature from 0")
    place = device_of(device)
    backbone = load_backbone(found.model_folder, str(place))
    return Policy(backbone, found, robot, place, most, temperature, seed)
