"""A kind of task of another package."""

import sys

import pytest

from tests.language.asking import steps_of
from tests.test_plugins import install, site
from vladata.errors import PluginError
from vladata.language.tasks.speak import speak
from vladata.language.tasks.table import OURS, TASKS, wrong
from vladata.language.tasks.task import Task
from vladata.plugins import PluginTable
from vladata.spec.tasks import rule_of

__all__ = ["site"]
TASK = """
from vladata.actions.settings import Whole
from vladata.language.tasks.task import Task

def _count(steps, settings):
    return [str(settings["start"] + i) for i in steps.at]

COUNTING = Task("Counts.", "Q: which step? A:", "{count}", ("count",), {"count": _count}, {"start": Whole(0, "From.", 0, 9)})
BROKEN = Task("Counts.", "", "{count}", ("count",))
"""


def table():
    return PluginTable("task", "vladata.tasks", OURS, wrong)


def test_a_kind_of_another_package(site):
    install(site, "counting", ["counting = counting_task:COUNTING"], "vladata.tasks", counting_task=TASK)
    task = table()["counting"]
    wording = rule_of("counting", task).model_validate({"kind": "counting", "start": 2})
    assert speak(steps_of(3), "n", task, wording).targets == ["2", "3", "4"]
    assert sys.modules["counting_task"].COUNTING is task


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("counting = counting_task:BROKEN", r'"\{count\}" holds \{count\}, but does not declare it'),
        ("counting = counting_task:TASK", "ImportError|AttributeError"),
        (
            "action = counting_task:COUNTING",
            'a task called "action" is offered twice: by vladata itself, and by counting 1.0',
        ),
    ],
)
def test_one_that_cannot_be_used(entry, says, site):
    install(site, "counting", [entry], "vladata.tasks", counting_task=TASK)
    with pytest.raises(PluginError, match=says):
        dict(table())


def test_what_a_kind_has_to_be():
    assert wrong("x", "text") == "expected a vladata.language.tasks.task.Task, got str"
    assert wrong("x", Task("", "", "{gone}", ())) == '"{gone}" holds {gone}, but does not declare it'
    assert wrong("x", Task("", "", "", ("gone",))) == "it needs {gone}, but does not declare it"
    assert (
        wrong("x", Task("", "", "{action}", (), frames=2))
        == "frames and shows belong together; give both, or neither"
    )
    assert [wrong(name, task) for name, task in OURS.items()] == [""] * len(OURS)
    assert list(TASKS)[:2] == ["action", "instruction"]
