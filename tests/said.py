"""Episodes that are long enough for every shipped recipe, and annotations of every field that a recipe needs."""

LENGTHS = (16, 18, 15)
NOTES = {
    "plan": "reach. Then lift: {all}",
    "task": "pick it up",
    "bboxes": '[["cup", [1, 2, 3, 4]]]',
    "subtask_reason": "it is near",
    "subtask": "reach",
    "move_reason": "it is left",
    "move": "move left",
    "gripper": "[16, 8]",
}
