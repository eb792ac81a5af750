"""Loading an output in a training loop: the global order, batches, and what torch needs on top.

Promise: which sample comes at which position is a pure function of (samples, seed, epoch, position), whatever the number of
ranks, workers and threads, and its state is a handful of integers. May import vladata/mixtures, vladata/robot and below; only
the file for torch imports torch.

In folders of their own: ordering/ (which sample comes where), pictures/ (pixels, augmentation), rendering/ (another recipe while
loading), collators/ (what collate.py is made of), in_torch/ (what torch.py is made of).

    load.py    vladata.load: arguments checked, the output opened
    loader.py  Loader: loops over batches, and the place that can be kept
    batch.py   positions of the order as a batch: read, decoded, collated
    pool.py    jobs done by threads ahead of a loop, their results in order
    checks.py  checks of arguments
    rooms.py   the memory of batches, used again when a batch is gone
    cameras.py the cameras that are loaded, and the decoder of their pictures
    order.py   the sample at each position; the order of a dataset
    collate.py Plain and ForProcessor: batches as a policy head or a model takes them
    torch.py   everything that needs torch: SampleDataset, LoaderDataset, collate
"""
