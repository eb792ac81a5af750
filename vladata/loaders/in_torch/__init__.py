"""What vladata/loaders/torch.py is made of; nothing here imports torch.

Promise: what a loop in torch gets is the global order of vladata/loaders/order.py, whoever wraps it.

    sampler.py    GlobalSampler: each rank's positions for torch's DataLoader, with a state
    callers.py    who iterates a sampler or loader: DataLoaders with workers, and accelerate's wrappers
    ranks.py      which rank, and which worker of a DataLoader, a process is
    listed.py     batches of positions in any order
    streamed.py   the batches of a loader in worker processes of a DataLoader, or without
    iterations.py which epoch an iteration in worker processes is
    resumable.py  a DataLoader with a state of what the loop got
"""
