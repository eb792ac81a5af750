"""Loops over torch's loaders and over vladata.load, as what they gave. Import it behind pytest.importorskip("torch")."""

from torch.utils.data import DataLoader

from vladata.loaders.load import load
from vladata.loaders.torch import GlobalSampler, collate

SAMPLES = 60  # of `robot`


def read(batches):
    """(epoch, position, key) of every sample of batches, in their order."""
    return [
        (batch["epoch"], int(position), key)
        for batch in batches
        for position, key in zip(batch["position"], batch["key"], strict=True)
    ]


def of_load(robot, epochs, **options):
    """The same of vladata.load, which no other process and no torch has touched."""
    loader = load(robot, 8, cameras=[], workers=0, **options)
    return [read(loader) for _ in range(epochs)]


def loader_of(dataset, batch_size=4, **options):
    return DataLoader(
        dataset, batch_sampler=GlobalSampler(dataset, batch_size, **options), collate_fn=collate
    )
