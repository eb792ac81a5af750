"""Parts of vladata/loaders/torch.py; nothing here imports torch.

Promise: a loop in torch gets the global order of vladata/loaders/order.py, also through wrappers.

    sampler.py    GlobalSampler: each rank's positions for torch's DataLoader, with a state
    callers.py    the callers of a sampler or loader: DataLoaders with workers, and accelerate's wrappers
    ranks.py      the rank of a process, and its number among the workers of a DataLoader
    listed.py     batches of positions in any order
    streamed.py   the batches of a loader for a DataLoader, with or without worker processes
    iterations.py the epoch of an iteration in worker processes
    resumable.py  a DataLoader whose state counts the batches that the loop got
"""
