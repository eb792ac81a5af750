"""Another recipe while loading: checks that stored samples are enough for it, and rendering by it.

Promise: rendered samples equal the samples that a conversion with that recipe would have written; if that is not possible, an
error gives the reason.

    rerender.py       prompts, tasks, codec and contract of stored samples, made by another recipe
    asked_recipes.py  the recipe that is wanted for each source
    stored.py         the specs by which the samples of an output were made, source by source
    fit.py            check that stored samples are enough for a recipe, and the way to render it
    fit_images.py     the image half of another recipe's contract, and the way from stored pictures to its pictures
    fit_tasks.py      check that samples of one task can become samples of another, and the origin of its texts
    fit_windows.py    windows of one recipe cut out of the windows of another
    kept_text.py      instructions normalised by one recipe -> normalised by another
    pairing.py        the task of a stored sample in another recipe
    dealt_again.py    the numbers of steps, by which shares are dealt
    drawn_again.py    the choice among several prompts of a sample, by epoch
    rendered_again.py samples of one source as columns of another recipe
    into_columns.py   the columns of a batch of which all or some samples were rendered again
    pairs_again.py    image-text pairs with the words of another recipe
"""
