"""How an output is to be written, of whatever kind: what the settings of every wing have in common."""

from dataclasses import dataclass

from vladata.plan.orders import Order
from vladata.plan.units import Layout
from vladata.shards.naming import Format


@dataclass(frozen=True, kw_only=True)
class OutputSettings:
    """format:            "webdataset" or "tfrecord".
    order:             "shuffled" over the whole split, or "source": as the source has them.
    seed:              of the shuffle, and of whatever is drawn.
    memory:            bytes that a worker may hold at once, beside the program itself.
    samples_per_shard: the most samples of a shard.
    """

    format: Format = "webdataset"
    order: Order = "shuffled"
    seed: int = 0
    memory: int = 256_000_000
    samples_per_shard: int = 1000

    def layout(self, name: str) -> Layout:
        """Return the layout of an output called `name`."""
        return Layout(name, self.format, self.order, self.seed, self.memory, self.samples_per_shard)
