"""Feed JAX through grain: grain's threads, prefetching and checkpoints over vladata's random access, in vladata's order.

    python examples/grain_jax.py out/demo/vla

Without JAX the batches stay numpy arrays, which JAX can use directly.
"""

import importlib.util
import sys

import grain

import vladata
from vladata.loaders.in_torch.listed import batch_at


class Batches:
    """The batches of a rank by their number k from 0, over all epochs, equal to vladata.load's with drop_last=True."""

    def __init__(self, path, batch_size, rank=0, world=1, epochs=1000, **options):
        self.making = vladata.load(path, batch_size, workers=0, **options).making
        self.size, self.rank, self.world = batch_size, rank, world
        self.of_an_epoch = self.making.order.samples // (batch_size * world)
        self.epochs = epochs

    def __len__(self):
        return self.epochs * self.of_an_epoch

    def __getitem__(self, k):
        epoch, number = divmod(k, self.of_an_epoch)
        first = (number * self.world + self.rank) * self.size
        cursor = self.making.order.begin(self.size * self.world, epoch)
        return batch_at(self.making, cursor, range(first, first + self.size))


def pipeline(path, batch_size, **options):
    """Return grain's dataset of batches; its iterators have get_state and set_state."""
    reading = grain.ReadOptions(num_threads=4, prefetch_buffer_size=8)
    return grain.MapDataset.source(Batches(path, batch_size, **options)).to_iter_dataset(reading)


def on_device(batch):
    """Return a batch with its arrays on the first device, if JAX is installed; texts stay in Python."""
    arrays = {name: column for name, column in batch.items() if hasattr(column, "dtype")}
    if importlib.util.find_spec("jax") is None:
        return arrays
    import jax

    return jax.device_put(arrays)


if __name__ == "__main__":
    for number, batch in enumerate(pipeline(sys.argv[1], 4, image_size=64)):
        print(number, batch["key"], on_device(batch)["images"].shape)
        if number == 3:
            break
