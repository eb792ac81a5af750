"""Measurements of speed and memory: `python -m benchmarks [NAME ...] [--json] [--quick] [--data FOLDER]`.

Rule: numbers from different machines or times cannot be compared. So each is compared with another one that is measured in turn
with it, in the same run, each in a process of its own: the floor, the scripts that people write today, or a bare loop over the
same functions. A row is `work rate unit peak_mb floor ratio`; rates are medians over the rounds, a ratio is the median of the
rounds' ratios. Outputs go to memory (/dev/shm), so that no disk is measured unless a row says so. Linux only (/proc).

Benchmarks of `python -m benchmarks`, each with a `main`:

    convert.py   pass-through conversion, compared with the floor and the experts' scripts; the whole command, its memory
    index.py     the index pass
    selection.py planning with rules that select steps
    filters.py   planning with filters of image-text pairs
    resize.py    conversion with --image-size, compared with decode + resize + encode alone
    episodes.py  whole episodes written as RLDS and LeRobot
    pictures.py  the pictures of a batch, compared with the bare decoder: kernels, augmentations
    workers.py   two workers, compared with one
    beam.py      the Beam graph, compared with the plain loop
    sync.py      the time until an output is on the disk
    readers.py   the stages of a conversion
    array_record.py  the same episodes as TFRecord and as ArrayRecord: read, and converted
    reads.py     random samples of an output, as columns, as samples and one by one
    windows.py   conversion of chunks, compared with single actions
    codecs.py    actions to text and back, by each codec
    tasks.py     two tasks of a step, compared with one
    web.py       index and conversion of image-text pairs
    mix.py       planning and materialising mixtures
    loaders.py   vladata.load, compared with other loaders and the bare decoder
    large.py     vladata.load of an output of very many samples
    hdf5.py      episodes from HDF5, compared with bare h5py
    doctor.py    the injected faults that the doctor finds
    fast.py      ids, errors and speed of the codec fast

Benchmarks with a command of their own:

    lerobot.py   conversion of LeRobot videos, compared with a bare loop
    lerobot_plan.py  the plan of a LeRobot dataset of many episodes
    lerobot_scan.py  many episodes in one LeRobot file: scanned and read
    serving.py   robots that ask `vladata serve`
    hostile.py   malformed messages to a policy server

Data and tools:

    data.py      the robot datasets, made once and kept
    web_data.py  the web corpus, made once and kept
    arms.py      episodes of arms that pick and place, as numbers
    scenes.py    pictures for these episodes
    rlds_folder.py  these episodes as an RLDS folder
    injected.py  the faults that are put into these datasets
    pairs.py     generated parts of an index of image-text pairs
    index_rows.py  datasets without shards, for planning mixtures
    peer_data.py the samples in the forms that other loaders read
    floor.py     the least that Python needs for the job, without TensorFlow and vladata
    experts.py   the job with TFDS and webdataset
    ours.py      parts of vladata, each alone in a process
    stages.py    the stages of a conversion, each alone in a process
    hdf5_reads.py  one HDF5 file read by h5py and by vladata, in a process of its own
    web_loops.py loops over a web corpus, each alone in a process
    peers.py     other loaders, each alone in a process
    mixing.py    parts of `vladata mix`, each alone in a process
    command.py   `vladata convert rlds2vla`, with its processes' memory
    measure.py   the measurement of one process, and of several in turn
    bench.py     the input (Bench) and output (Row) of a benchmark
    machine.py   the machine, and the other processes on it
"""
