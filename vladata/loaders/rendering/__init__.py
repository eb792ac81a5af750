"""Another recipe while loading: what of it can be had from stored samples, and how it is made.

Promise: what is given is what a conversion with that recipe would have written; the rest is refused by name.

    rerender.py       another recipe while loading: prompts, tasks, codec and contract of stored samples made anew
    asked_recipes.py  which recipe each source is asked for
    stored.py         what the samples of an output were made by, source by source
    fit.py            whether a recipe can be had from what is stored, and how
    fit_images.py     the image half of another recipe's contract, and how its pictures come from those that are stored
    fit_tasks.py      whether a task can be asked of samples that were made for another, and what of them answers it
    fit_windows.py    windows of one recipe cut out of those of another
    kept_text.py      instructions as one recipe normalised them -> as another would have
    pairing.py        which task a stored sample is of, once another recipe is asked for
    dealt_again.py    the numbers of steps, by which shares are dealt
    drawn_again.py    which of several prompts a sample has, by epoch
    rendered_again.py samples of one source as columns of another recipe
    into_columns.py   the columns of a batch whose samples were rendered again, some of them or all
    pairs_again.py    image-text pairs in other words
"""
