"""Reading robot episodes in HDF5 (extra [hdf5]): robomimic and LIBERO, ALOHA and ACT, and files with the same layout.

A file holds episodes as groups (`data/demo_0`, `data/demo_1`, ...), or is one episode itself. A column is a dataset with one
value per step, named by its path within the episode's group; attributes and other datasets are values outside the steps.

h5py is imported when a file is opened. Links to other files, virtual datasets and external datasets are never opened. Unknown
types are refused and never guessed. Values are those that h5py gives.

    source.py       the dataset as a Source, and open_at, which opens it
    listing.py      the files of a dataset, and the groups of files
    opening.py      opens a file, and turns h5py's exceptions into our errors
    tree.py         the episodes of a file, and the datasets of an episode
    kinds.py        the contents of a dataset, by its HDF5 type
    steps.py        the number of steps of an episode, by the lengths of its datasets
    attributes.py   attributes as values, JSON objects as their parts
    around.py       the values of an episode that are outside its group
    survey.py       the columns, from all episodes together
    record.py       an episode read into memory, with a digest of its values
    pictures.py     encoded pictures without their padding
"""
