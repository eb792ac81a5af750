"""Another recipe while loading: checks that stored samples are enough for it, and rendering by it.

Promise: rendered samples are those that a conversion with that recipe would have written; anything else is refused by name.

    rerender.py       another recipe while loading: prompts, tasks, codec and contract of stored samples made anew
    asked_recipes.py  the recipe that is wanted for each source
    stored.py         the specs by which the samples of an output were made, source by source
    fit.py            check that stored samples are enough for a recipe, and the way to render it
    fit_images.py     the image half of another recipe's contract, and how its pictures come from those that are stored
    fit_tasks.py      check that samples of one task can become samples of another, and where its texts come from
    fit_windows.py    windows of one recipe cut out of those of another
    kept_text.py      instructions normalised by one recipe -> normalised by another
    pairing.py        the task of a stored sample in another recipe
    dealt_again.py    the numbers of steps, by which shares are dealt
    drawn_again.py    the choice among several prompts of a sample, by epoch
    rendered_again.py samples of one source as columns of another recipe
    into_columns.py   the columns of a batch whose samples were rendered again, some of them or all
    pairs_again.py    image-text pairs in other words
"""
