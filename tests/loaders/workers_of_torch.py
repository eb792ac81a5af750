"""What DataLoaders with worker processes give, as JSON: python workers_of_torch.py OUTPUT, in a process without TensorFlow.

One process for all of it, since importing torch takes seconds; test_torch_workers.py says what is right.
    python workers_of_torch.py OUTPUT FOREVER       prints the numbers of two workers, and reads until it is interrupted
"""

import itertools
import json
import os
import signal
import sys
import time
import warnings

from torch.utils.data import DataLoader
from torchdata.stateful_dataloader import StatefulDataLoader

from vladata.errors import VladataError
from vladata.loaders.torch import GlobalSampler, LoaderDataset, SampleDataset, collate, resumable

BATCH = 7


def read(batches):
    return [
        [
            f"{batch['epoch']} {p} {key}"
            for p, key in zip(batch["position"].tolist(), batch["key"], strict=True)
        ]
        for batch in batches
    ]


def said(call):
    try:
        call()
    except (VladataError, RuntimeError) as fault:
        return f"{type(fault).__name__}: {fault}"
    return "nothing"


def mapped(out, kind=DataLoader, workers=2, **options):
    dataset = SampleDataset(out, cameras=[])
    return kind(
        dataset,
        batch_sampler=GlobalSampler(dataset, BATCH),
        collate_fn=collate,
        num_workers=workers,
        **options,
    )


def streamed(out, kind=DataLoader, workers=2, **options):
    return kind(LoaderDataset(out, BATCH, cameras=[]), batch_size=None, num_workers=workers, **options)


def kinds(out, make):
    """Everything that is asked of one kind of dataset."""
    kept = make(out, persistent_workers=True)
    yield "kept workers", [read(kept) for _ in range(3)]
    new = make(out)
    yield "new workers", [read(new) for _ in range(3)]
    yield "of others", said((kept.batch_sampler or kept.dataset).state_dict)
    loader = resumable(make(out))
    yield "before", [read(loader), read(itertools.islice(loader, 4))]
    state = loader.state_dict()
    yield "state", [state["epoch"], state["position"]]
    yield "rest", [read(loader), read(itertools.islice(loader, 1))]
    again = resumable(make(out, workers=1))
    again.load_state_dict(json.loads(json.dumps(state)))
    yield "resumed", [read(again), read(itertools.islice(again, 1))]
    yield "killed", said(lambda: [*killed_loop(make, out)])


def children():
    with open(f"/proc/self/task/{os.getpid()}/children") as file:
        return [int(pid) for pid in file.read().split()]


def killed_loop(make, out):
    """A loop one of whose workers is killed in it."""
    before = set(children())
    loader = resumable(make(out, prefetch_factor=1))
    for number, batch in enumerate(loader):
        if number == 1:
            # It has then made the one batch that it may be ahead, and waits. A worker that dies while it asks torch's own event
            # whether to end takes the event's lock with it, and the loop waits for that for ever: pytorch's, not ours.
            time.sleep(0.5)
            os.kill(max(set(children()) - before), signal.SIGKILL)
        STATES["at the kill"] = loader.state_dict()
        yield batch


STATES = {}


def stateful(out, make):
    for persistent in (False, True):
        loader = make(out, StatefulDataLoader, persistent_workers=persistent)
        before = [*read(loader), *read(itertools.islice(loader, 4))]
        state = loader.state_dict()
        again = make(out, StatefulDataLoader, persistent_workers=persistent)
        again.load_state_dict(state)
        yield f"torchdata, kept={persistent}", [before, [*read(again), *read(itertools.islice(again, 1))]]


def main(out):
    found = {}
    for make in (mapped, streamed):
        found[make.__name__] = dict(kinds(out, make))
        resumed = resumable(make(out))
        resumed.load_state_dict(STATES["at the kill"])
        found[make.__name__]["resumed after the kill"] = [STATES["at the kill"]["position"], read(resumed)]
        found[make.__name__] |= dict(stateful(out, make))
    for make, method in ((mapped, "forkserver"), (streamed, "spawn")):
        loader = make(out, workers=1, multiprocessing_context=method, persistent_workers=True)
        found[make.__name__][method] = [read(loader) for _ in range(2)]
    print(json.dumps(found))


def forever(out):
    loader = mapped(out, persistent_workers=True)
    for _ in itertools.count():
        for number, _ in enumerate(loader):
            if number == 1:
                print(*children(), flush=True)


if __name__ == "__main__":
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", "'set_vital' is deprecated")
    forever(sys.argv[1]) if len(sys.argv) > 2 else main(sys.argv[1])
