"""The doctor: findings about what is probably wrong with a dataset or its schema.

It reads the index with numpy, and a few sampled pictures. Its memory grows by 25 bytes an episode, and not otherwise. A detector
knows physics (what an arm, a hand and a camera can do) and no particular dataset. May import robot and below.

    finding.py          a finding, and the tally of the episodes that it concerns
    track.py            one episode's numbers as arrays
    layout.py           the groups of dimensions, and their columns of the state
    sample.py           a bounded, repeatable sample of episodes
    noise.py            rounding noise taken out of it
    facts.py            the input of the detectors of a sample: the schema, the sample, the fits
    follow.py           the motion of the state after the action, at every lag
    own_evidence.py     evidence from an action's course alone

    gripper.py, gripper_range.py, action_kind.py, axes.py,
    unit_scale.py, time_shift.py, frequency.py, values.py               detectors of a sample
    idle.py, outliers.py, instructions.py, flags.py, lengths.py,
    duplicates.py                                                       detectors that see every episode
    bounds.py, bins.py                                                  values that bounds clip, and bins that a recipe uses
    pictures.py, colours.py, frames.py                                  pictures, and their detectors

    examine.py          all of it, in two passes over the index
    exports.py          keep-ranges and errata
"""
