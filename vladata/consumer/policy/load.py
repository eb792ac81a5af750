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

    device:  the device that it computes on, "cpu" or "cuda".
    dataset: the name of the source whose recipe and action contract it uses, if the model learnt from several robot datasets.
    most:    most tokens of a plan in words.
    temperature: 0 takes the likeliest token; else tokens are drawn. The draws depend on `seed` and the observation's `id`, not on
             the batch.

    Raises MissingFile if there is no checkpoint, UsageError if the model learnt no actions, or learnt from several datasets
    and `dataset` is not given, UnknownName for a dataset that it did not learn from.
    """
    found = read_checkpoint(checkpoint)
    names = [robot.name for robot in found.robots]
    where = str(checkpoint)
    if not names:
        raise UsageError("the model learnt no actions", where=where, hint="Train it on a robot dataset.")
    if dataset is None and len(names) > 1:
        raise UsageError(
            "the model learnt from several robot datasets, so `dataset` must name one of them",
            where=where,
            allowed=", ".join(names),
        )
    if dataset is not None and dataset not in names:
        raise UnknownName("robot dataset of the checkpoint", dataset, names, where)
    robot = found.robots[0 if dataset is None else names.index(dataset)]
    if most < 1 or not 0 <= temperature < float("inf"):
        got = f"most={most}, temperature={temperature}"
        raise UsageError(
            "most or temperature is out of range", got=got, allowed="most from 1, temperature from 0"
        )
    place = device_of(device)
    backbone = load_backbone(found.model_folder, str(place))
    return Policy(backbone, found, robot, place, most, temperature, seed)
