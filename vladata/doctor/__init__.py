"""The doctor: what is probably wrong with a dataset, or with what its schema says about it.

Promise: numpy over the index, and a few sampled pictures; memory does not grow with the dataset but for 25 bytes an
episode. A detector knows physics and not one dataset: what an arm, a hand and a camera can do. May import convert and below.

    finding.py          a finding, and the tally of the episodes that it concerns
    track.py            one episode's numbers as arrays
    layout.py           which dimensions belong together, and to which columns of the state
    sample.py           a bounded, repeatable sample of episodes
    noise.py            rounding noise taken out of it
    facts.py            what the detectors of a sample are given: the schema, the sample, the fits
    follow.py           how the state follows the action, at every lag
    own_evidence.py     what an action's course says by itself

    gripper.py, gripper_range.py, action_kind.py, axes.py,
    unit_scale.py, time_shift.py, frequency.py, values.py               detectors of a sample
    idle.py, outliers.py, instructions.py, flags.py, lengths.py,
    duplicates.py                                                       detectors that see every episode
    bounds.py, bins.py                                                  what bounds from quantiles cut, and a recipe's bins
    pictures.py, colours.py, frames.py                                  pictures, and their detectors

    examine.py          all of it, in two passes over the index
    exports.py          keep-ranges and errata
"""
