"""Loading an output in a training loop: the global order, batches, and datasets for torch.

Promise: the sample at each position is a pure function of (samples, seed, epoch, position), whatever the number of ranks,
workers and threads, and the state of a loader is a few integers. Only torch.py imports torch.

Folders: ordering/ (the sample at each position), pictures/ (pixels, augmentation), rendering/ (another recipe while loading),
collators/ (the parts of collate.py), in_torch/ (the parts of torch.py).

    load.py    vladata.load: checks its arguments and opens the output
    loader.py  Loader: loops over batches, and the place that can be kept
    batch.py   a batch from positions of the order: read, decoded, collated
    pool.py    jobs done by threads ahead of a loop, their results in order
    checks.py  checks of arguments
    rooms.py   the memory of batches, which is used again when a batch is no longer used
    cameras.py the cameras that are loaded, and the decoder of their pictures
    order.py   the sample at each position; the order of a dataset
    collate.py Plain and ForProcessor: batches as a policy head or a model takes them
    torch.py   everything that needs torch: SampleDataset, LoaderDataset, collate
"""
