"""The processes of one training: a single one, or several that torchrun started, each with its share of every batch.

Gradients are summed once in each step, after all parts of an accumulation, over every weight that any process used. So the
gradient of a weight is right even if one process did not use the weight, for example because its samples had no pictures.
DistributedDataParallel sums gradients during the last part's backward pass, which is faster on several GPUs, but leaves out
weights that the last part did not use.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist

from vladata.errors import UsageError
from vladata.loaders.load import cores


@dataclass(frozen=True)
class Ranks:
    """This process among all processes.

    rank:   its number, from 0.
    world:  the number of processes.
    device: the device that it computes on.
    """

    rank: int
    world: int
    device: torch.device

    @property
    def is_first(self) -> bool:
        """True for the process that writes files and messages."""
        return self.rank == 0

    @property
    def autocast(self) -> bool:
        """True if arithmetic is in bfloat16: on a GPU that supports it."""
        return self.device.type == "cuda" and bool(torch.cuda.is_bf16_supported())

    def total(self, number: float) -> float:
        """Return the sum of a number over all processes."""
        if self.world == 1:
            return number
        found = torch.tensor([number], dtype=torch.float64, device=self.device)
        dist.all_reduce(found)
        return float(found.item())

    def gathered(self, value: Any) -> list[Any]:
        """Return the values of all processes, in the order of their ranks."""
        if self.world == 1:
            return [value]
        found: list[Any] = [None] * self.world
        dist.all_gather_object(found, value)
        return found

    def wait(self) -> None:
        """Wait for all processes."""
        if self.world > 1:
            dist.barrier()

    def share_weights(self, module: torch.nn.Module) -> None:
        """Copy the weights of the first process to all others."""
        if self.world > 1:
            for tensor in module.state_dict().values():
                dist.broadcast(tensor, 0)

    def sum_gradients(self, weights: Iterable[torch.nn.Parameter]) -> None:
        """Replace the gradient of each weight by its sum over all processes; None if no process has a gradient."""
        if self.world == 1:
            return
        listed = list(weights)
        used = torch.tensor([w.grad is not None for w in listed], dtype=torch.int32, device=self.device)
        dist.all_reduce(used)
        for weight, count in zip(listed, used.tolist(), strict=True):
            if count:
                weight.grad = torch.zeros_like(weight) if weight.grad is None else weight.grad
                dist.all_reduce(weight.grad)


@contextmanager
def joined(device: str | None, threads: int | None) -> Iterator[Ranks]:
    """Join the processes of torchrun, if it started this one, and leave them at the end.

    device:  "cpu", "cuda", "cuda:1"; None for a GPU if there is one.
    threads: threads for arithmetic; None shares the machine's cores among its processes.
    """
    world, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    local, here = int(os.environ.get("LOCAL_RANK", "0")), int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    place = device_of(device, local)
    before = torch.get_num_threads()
    torch.set_num_threads(threads or max(1, cores() // here))
    own = world > 1 and not dist.is_initialized()
    if own:
        dist.init_process_group("nccl" if place.type == "cuda" else "gloo")
    try:
        yield Ranks(rank, world, place)
    finally:
        torch.set_num_threads(before)
        if own:
            dist.destroy_process_group()


def device_of(asked: str | None, local: int = 0) -> torch.device:
    """Return the device of this process.

    local: its number on this machine. Raises UsageError for an unknown or missing device."""
    has = torch.cuda.is_available()
    if asked is None:
        asked = "cuda" if has else "cpu"
    kind, _, number = asked.partition(":")
    if kind not in ("cpu", "cuda") or (number and not number.isdigit()) or (kind == "cpu" and number):
        raise UsageError("unknown device", got=asked, allowed="cpu, cuda, cuda:NUMBER")
    if kind == "cpu":
        return torch.device("cpu")
    place = int(number) if number else local
    if not has or place >= torch.cuda.device_count():
        many = torch.cuda.device_count() if has else 0
        raise UsageError(
            "this machine has no such GPU",
            got=asked,
            allowed=f"cpu, or one of the {many} GPUs that torch finds",
        )
    torch.cuda.set_device(place)
    return torch.device("cuda", place)
