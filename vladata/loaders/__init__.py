"""Loading an output in a training loop: the global order, batches, and what torch needs on top.

Promise: which sample comes at which position is a pure function of (samples, seed, epoch, position), whatever the number of
ranks, workers and threads, and its state is a handful of integers. May import vladata/mixtures, vladata/robot and below; only
the file for torch imports torch.

    pool.py          jobs done by threads ahead of a loop, their results in order
    pictures.py      Picturing: the encoded pictures of a sample into the array of a batch
    image_contract.py  the image half of the contract of what is loaded
    rule_at_load.py  what is made of stored pictures, and the size that all of them have
    augment.py       what is drawn at random for a picture
    colours.py       other colours for a picture, by the arithmetic of three libraries
    normalise.py     levels of pictures as the numbers that a model reads
    bijection.py     the shuffle of a pass over a source
    order.py         which sample comes at which position; the order of a dataset
    in_blocks.py     places of many positions found at once
    dealing.py       the order of a mixture: exact shares in every global batch
    episodes.py      the order of whole episodes, in lanes
    cuts.py          an epoch cut into global batches, and those into the parts of ranks
    cursor.py        where training stands, as JSON
    identity.py      what decides an order
    chosen.py        which samples of an output are loaded
    rows.py          rows of samples as positions of the output, and as columns
    weighing.py      the shares of a mixture's sources at load
    parted.py        the samples of each source among those of all, by number
    pointed.py       a virtual mixture, loaded
    regrouped.py     a materialised mixture or part of one, loaded
    store.py         what is loaded, opened: its order, and the samples at places of it
    sampler.py       GlobalSampler: each rank's positions for torch's DataLoader, with a state
    callers.py       who iterates it: DataLoaders with workers, and accelerate's wrappers
    ranks.py         which rank, and which worker of a DataLoader, a process is
    listed.py        batches of positions in any order
    streamed.py      the batches of a loader in worker processes of a DataLoader, or without
    iterations.py    which epoch an iteration in worker processes is
    resumable.py     a DataLoader with a state of what the loop got
    torch.py         all that needs torch: SampleDataset, LoaderDataset, collate
    moved.py         where places on a stored picture have gone when it was loaded
    following.py     places that texts name, spelled again where their picture shows them
    load.py          vladata.load: arguments checked, the output opened
    checks.py        what arguments must be
    rooms.py         the memory of batches, used again when a batch is gone
    cameras.py       which cameras are loaded, and what decodes their pictures
    loader.py        Loader: loops over batches, and the place that can be kept
    batch.py         positions of the order as a batch: read, decoded, collated
    rerender.py      another recipe while loading: prompts, tasks, codec and contract of stored samples made anew
    asked_recipes.py which recipe each source is asked for
    stored.py        what the samples of an output were made by, source by source
    fit.py           whether a recipe can be had from what is stored, and how; fit_tasks.py, fit_windows.py, fit_images.py,
                     kept_text.py (instructions) and pairing.py (which task a sample is of) are its parts
    dealt_again.py   the numbers of steps, by which shares are dealt
    drawn_again.py   which of several prompts a sample has, by epoch
    rendered_again.py  samples of one source as columns of another recipe; into_columns.py puts those of a batch together
    pairs_again.py   image-text pairs in other words
    collate.py       collators: Plain; ForProcessor is in processor.py
    terms.py         what a collator has to know of contracts
    normaliser.py    actions and states scaled, and back
    prompt_ids.py    prompts as a processor makes them, with pictures
    target_tokens.py the ids of a target, and which of them a loss counts; target_spans.py: where it spells its action
    encoder.py       a tokenizer of transformers, by batches of texts
    padded.py        lists of unlike lengths as an array
"""
