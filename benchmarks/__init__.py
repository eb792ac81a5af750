"""How fast, at what memory, and beside what: `python -m benchmarks [NAME ...] [--json] [--quick] [--data FOLDER]`.

Rule: figures of different machines and hours do not compare, so each is held against something that was measured in turn
with it, in the same run, each in a process of its own: the floor, the scripts that people write today, a bare loop over the
same functions. A row is `work rate unit peak_mb floor ratio`; rates are medians over the rounds, a ratio is the median of
the rounds' ratios. Outputs go to memory (/dev/shm), so that no disk is measured unless a row says so. Linux only (/proc).

What is measured, one `main` each:

    convert.py   pass-through conversion beside the floor and the experts' scripts; the whole command, its memory
    index.py     the index pass
    resize.py    conversion with --image-size beside decode + resize + encode alone
    episodes.py  whole episodes out, as RLDS and LeRobot
    pictures.py  the pictures of a batch beside the bare decoder: kernels, augmentations
    workers.py   two workers beside one
    beam.py      the Beam graph beside the plain loop
    sync.py      what it takes to have an output on the disk
    array_record.py  the same episodes as TFRecord and as ArrayRecord: read, and converted
    readers.py   the way of an episode, stage by stage
    hdf5.py      episodes out of HDF5 beside bare h5py
    reads.py     random samples of an output, as columns, as samples and one by one
    codecs.py    actions to text and back, by each codec
    mix.py       planning and materialising mixtures
    loaders.py   vladata.load beside other loaders and the bare decoder

With what:

    data.py      the datasets, made once and kept
    floor.py     the least that Python needs for the job: no TensorFlow, nothing of vladata
    experts.py   the job with TFDS and webdataset
    ours.py      parts of vladata, each alone in a process
    hdf5_reads.py  the same, in a process of its own
    peers.py     the loaders of others, each alone in a process
    peer_data.py the samples in the forms that those read
    index_rows.py  datasets without shards, for planning mixtures
    mixing.py    parts of `vladata mix`, each alone in a process
    command.py   `vladata convert rlds2vla`, with its processes' memory
    measure.py   one process measured; several in turn
    bench.py     what a benchmark gets and gives
    machine.py   where and beside what the figures were made
"""
