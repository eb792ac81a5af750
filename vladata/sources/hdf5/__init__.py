"""Reading robot episodes in HDF5 (extra [hdf5]): robomimic and LIBERO, ALOHA and ACT, and what is laid out like them.

A file holds episodes as groups (`data/demo_0`, `data/demo_1`, ...), or is one episode itself. A column is a dataset with one
value a step, named by its path within the episode's group; attributes and other datasets are values outside the steps.

Promise: h5py is imported when a file is opened; nothing that a file names outside itself is opened, be it a link, a virtual or
an external dataset; of an unknown type nothing is guessed. Values are those that h5py gives.

    source.py       the dataset as a Source; open_at, the way in
    listing.py      which files of a folder it has, and how they are grouped
    opening.py      a file opened, and what h5py raises in our words
    tree.py         the episodes of a file, the datasets of an episode
    kinds.py        what a dataset holds, by its HDF5 type
    steps.py        how many steps an episode has, by the lengths of its datasets
    attributes.py   attributes as values, JSON objects among them by their parts
    around.py       what a file says of an episode outside its group
    survey.py       all that episodes have, seen together: the columns
    record.py       an episode read into memory, with a digest of its values
    pictures.py     encoded pictures without their padding
"""
