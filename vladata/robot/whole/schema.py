"""The schema of an output of whole episodes, with which vladata can read it: it declares the columns as they were written."""

from typing import Any

import yaml

from vladata.robot.sources import frequency
from vladata.robot.whole.columns import Rule
from vladata.shards.episodes.stretch import INSTRUCTION, PLAN

HEAD = "# The schema of this folder: vladata convert rlds2vla THIS_FOLDER OUT --schema THIS_FOLDER/schema.yaml ...\n"


def schema_text(rule: Rule) -> str:
    """Return the YAML of the schema of an output. It keeps the names of the schema in `rule`."""
    spec = rule.spec
    declared: dict[str, Any] = {
        "name": spec.name,
        "robot": spec.robot,
        "control_frequency_hz": frequency(spec, rule.gap),
        "cameras": {camera: f"observation/{camera}" for camera in rule.cameras},
        "language": {"path": INSTRUCTION, "decode": "utf8", "empty": spec.language.empty},
        "actions": {"default": rule.chain, "chains": {rule.chain: _chain(rule)}},
        "terminate": {"path": "is_terminal", "form": "flag"},
    }
    if spec.language.plan is not None:
        declared["language"]["plan"] = PLAN
    if spec.state:
        declared["state"] = spec.state.model_dump(mode="json", exclude_none=True) | {
            "of": ["observation/state"]
        }
    known = {name: getattr(spec, name) for name in ("licence", "citation", "homepage")}
    declared |= {name: value for name, value in known.items() if value}
    return HEAD + yaml.safe_dump(declared, sort_keys=False, allow_unicode=True, width=1000)


def _chain(rule: Rule) -> dict[str, Any]:
    chain = rule.spec.chain(rule.chain)
    meant = chain.model_dump(mode="json", by_alias=True)
    turned = {"rotation": chain.turned} if chain.turned else {}
    return {
        "gripper": meant["gripper"],
        "names": meant["names"],
        **turned,
        "operations": [{"op": "concat", "of": ["action"]}],
    }
