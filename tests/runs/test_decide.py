"""What is done with a folder, as a function of what was found in it: every case, literally, without a disk."""

import pytest

from vladata.errors import OutputExists, PlanDiffers
from vladata.runs.resume import Found, NextStep, decide, refuse

JOB = {"digest": "d1", "version": 1, "layout": {"seed": 0}, "plan": "p1"}
OTHER = {"digest": "d2", "version": 1, "layout": {"seed": 1}, "plan": "p2"}
NOTHING = Found("out")


def found(**what):
    return Found("out", **what)


@pytest.mark.parametrize(
    ("there", "overwrite", "step"),
    [
        (NOTHING, False, NextStep.BEGIN),
        (NOTHING, True, NextStep.BEGIN),
        (found(begun=True, job=JOB, planned=True), False, NextStep.GO_ON),
        (found(begun=True, job=JOB, planned=True), True, NextStep.GO_ON),
        (found(begun=True, job=JOB, planned=False), False, NextStep.PLAN_AGAIN),
        (found(begun=True, job=OTHER, planned=True), True, NextStep.REPLACE),
        (found(begun=True, job=None), False, NextStep.REPLACE),
        (found(begun=True, job=None), True, NextStep.REPLACE),
        (found(finished=True, begun=True, job=JOB, planned=True), False, NextStep.TIDY_UP),
        (found(finished=True, begun=True, job=JOB, planned=False), True, NextStep.TIDY_UP),
        (found(finished=True), True, NextStep.REPLACE),
        (found(finished=True, begun=True, job=OTHER, planned=True), True, NextStep.REPLACE),
    ],
)
def test_what_is_done(there, overwrite, step):
    refuse(there, overwrite)
    assert decide(there, JOB, overwrite) is step


@pytest.mark.parametrize(
    "there", [found(finished=True), found(finished=True, begun=True, job=None)], ids=["whole", "job damaged"]
)
def test_a_finished_dataset_is_refused_before_anything_is_planned(there):
    with pytest.raises(OutputExists, match=r"^out: a finished dataset is here already\.\n"):
        refuse(there, overwrite=False)


def test_a_dataset_of_another_job_that_was_not_tidied_up_is_refused_once_the_job_is_known():
    there = found(finished=True, begun=True, job=OTHER, planned=True)
    refuse(there, overwrite=False)
    with pytest.raises(OutputExists, match=r"^out: a finished dataset is here already\.\n"):
        decide(there, JOB, overwrite=False)


def test_an_unfinished_run_of_other_settings_is_refused_with_the_difference():
    there = found(begun=True, job=OTHER, planned=True)
    with pytest.raises(PlanDiffers, match=r"other settings is here: layout\.seed: 1 there, 0 here"):
        decide(there, JOB, overwrite=False)


@pytest.mark.parametrize("overwrite", [False, True])
def test_foreign_files_are_refused_even_with_overwrite(overwrite):
    with pytest.raises(OutputExists, match=r"files that vladata did not write; got 'notes\.txt'"):
        refuse(found(foreign="notes.txt"), overwrite)
