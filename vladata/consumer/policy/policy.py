"""Policy: observations in, actions in physical units out, as the recipe of its training asks.

    policy = vladata.policy("out/run")
    action = policy.act(vladata.consumer.policy.observation.Observation({"primary": image}, "reach red circle", state))

Many observations are asked together, one batch a question. What a model says of an action is held to the codec's automaton, so it
always parses; what it says of a place is held to numbers within the picture; a plan in words is free.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from vladata.actions.automaton import Automaton, NumberAutomaton
from vladata.actions.codecs.table import CODECS
from vladata.actions.contract import codec_from_contract
from vladata.actions.protocol import Codec
from vladata.actions.text import TERMINATE, NumberText
from vladata.consumer.decoding.generate import generate
from vladata.consumer.decoding.pieces import Pieces
from vladata.consumer.decoding.target_rule import ByIds, TargetRule
from vladata.consumer.models.backbone import Backbone
from vladata.consumer.policy.checked import check_images, check_instruction, check_state
from vladata.consumer.policy.observation import Action, Observation
from vladata.consumer.policy.pictures import Pictures
from vladata.consumer.policy.questions import ACTION, PLANS, STATE, Question, questions_of
from vladata.consumer.training.checkpoint import Checkpoint
from vladata.consumer.training.robot_source import RobotSource
from vladata.errors import UsageError
from vladata.language.instructions import normalise
from vladata.language.prompts import placeholders
from vladata.vocabularies.demand import Numbered

MOST = {"per_255": 255, "per_1000": 1000}
"""The greatest number of a place, by its form."""


class Policy:
    """A model that acts. robot: the dataset that says how it is asked.   names: of the D dimensions of its actions."""

    def __init__(
        self,
        backbone: Backbone,
        checkpoint: Checkpoint,
        robot: RobotSource,
        device: torch.device,
        most: int = 64,
    ) -> None:
        """most: tokens of a plan in words."""
        self.robot, self.checkpoint, self.most = robot, checkpoint, most
        self._backbone, self._device = backbone, device
        backbone.module.eval()
        self._codec = codec_from_contract(robot.contract)
        spelled = robot.contract.get("state")
        self._state: Codec | None = CODECS[spelled["codec"]].from_json(spelled) if spelled else None
        self.questions = questions_of(robot.recipe, f"recipe {robot.recipe.name}")
        self._rules = {
            each.task: TargetRule(each.target.template, self._automata(each), self._by_ids(each))
            for each in self.questions
        }
        self._pieces, self._collator = Pieces(backbone.tokens), backbone.collator()
        shown = checkpoint.pictures
        self._pictures = None if shown is None else Pictures(shown, robot.recipe.images)

    @property
    def names(self) -> tuple[str, ...]:
        """The dimensions of an action, without terminate."""
        return self._codec.names

    def act(self, observation: Observation) -> Action:
        """The next action. Raises ContractMismatch and UsageError for an observation that does not fit."""
        return self.act_many([observation])[0]

    def act_many(self, observations: Sequence[Observation]) -> list[Action]:
        """The next action for each of several observations; the same as one by one."""
        words = [self._words(each) for each in observations]
        images = [self._images(each) for each in observations]
        texts: list[dict[str, str]] = [{} for _ in observations]
        prompts: list[dict[str, str]] = [{} for _ in observations]
        tokens: list[dict[str, list[int]]] = [{} for _ in observations]
        for question in self.questions:
            asked = [question.asked(each) for each in words]
            for i, ids in enumerate(self._answers(question, asked, images)):
                text = self._text(question, ids)
                prompts[i][question.task], texts[i][question.task], tokens[i][question.task] = (
                    asked[i],
                    text,
                    ids,
                )
                words[i] |= {place: part.text for place, part in question.target.parse(text).items()}
        said = zip(words, texts, prompts, tokens, strict=True)
        return [self._action(*each) for each in said]

    def _answers(
        self, question: Question, asked: Sequence[str], images: Sequence[Mapping[str, np.ndarray]]
    ) -> list[list[int]]:
        """The ids of the answers to one question."""
        batch: dict[str, Any] = {
            "key": [f"observation {i}" for i in range(len(asked))],
            "prompt": list(asked),
        }
        if self._pictures is not None:
            made = self._pictures.batch(images, question.cameras, question.frames)
            batch["images"], batch["image_mask"] = made
        arrays = self._collator.for_inference(batch).items()
        inputs = {
            name: torch.from_numpy(value).to(self._device)
            for name, value in arrays
            if isinstance(value, np.ndarray)
        }
        rules = [self._rules[question.task]] * len(asked)
        return generate(self._backbone, inputs, rules, self._pieces, self.most)

    def _words(self, observation: Observation) -> dict[str, str]:
        """What an observation gives to prompts."""
        rule = self.robot.recipe.instruction
        text = check_instruction(observation)
        words = {"instruction": normalise(text, strip=rule.strip, case=rule.case, final_stop=rule.final_stop)}
        if any(STATE in placeholders(each.prompt) for each in self.questions):
            assert self._state is not None, "a recipe that spells a state has a codec for it"
            state = check_state(observation.state, self._state.names)
            words[STATE] = self._state.texts(self._state.encode(state[None]))[0]
        return words

    def _images(self, observation: Observation) -> Mapping[str, np.ndarray]:
        if self._pictures is None:
            return {}
        return check_images(observation.images, self._pictures.cameras, self._pictures.frames)

    def _action(
        self,
        words: Mapping[str, str],
        texts: dict[str, str],
        prompts: dict[str, str],
        tokens: dict[str, list[int]],
    ) -> Action:
        decoded = np.atleast_2d(self._codec.decode(self._codec.parse(words[ACTION])))
        names = self._codec.spelled_names
        ends = TERMINATE in names and bool(decoded[0, names.index(TERMINATE)] >= 0.5)
        keep = [i for i, name in enumerate(names) if name != TERMINATE]
        plan = next((words[place] for place in PLANS if place in words), "")
        return Action(decoded[:, keep].astype(np.float32), ends, plan, self.names, texts, prompts, tokens)

    def _text(self, question: Question, ids: Sequence[int]) -> str:
        """What a model said; an action that it said by ids of a vocabulary as the codec spells it."""
        held = self.checkpoint.vocabulary
        if held is None:
            return self._backbone.tokens.text(ids)
        rule = self._rules[question.task]
        return self._pieces.target(rule, ids, lambda place, said: self._spelled(held.bins(said)))

    def _spelled(self, bins: np.ndarray) -> str:
        """The text of an action's bins, int32 [n * W]."""
        width = self._codec.width
        in_rows = width is not None and self.robot.contract["chunk_length"] > 1
        return self._codec.text(bins.reshape(-1, width or 1) if in_rows else bins)

    def _by_ids(self, question: Question) -> dict[str, ByIds]:
        """What is said by the ids of a vocabulary: actions, where there is one."""
        held = self.checkpoint.vocabulary
        if held is None or ACTION not in question.target.places:
            return {}
        if not isinstance(self._codec, Numbered):
            what = f"codec {self._codec.kind} does not say which bins may follow which"
            raise UsageError(
                what, where=self.robot.name, hint="Train without a vocabulary: its texts are tokenized."
            )
        return {ACTION: ByIds(held, self._codec.bins_allowed)}

    def _automata(self, question: Question) -> dict[str, Automaton]:
        """What holds the places of a target."""
        found: dict[str, Automaton] = {}
        for place in question.target.places:
            if place == ACTION and self.checkpoint.vocabulary is None:
                found[place] = self._codec.automaton()
            elif place == STATE and self._state is not None:
                found[place] = self._state.automaton()
            elif place == "point" and question.coordinates in MOST:
                most = MOST[question.coordinates]
                found[place] = NumberAutomaton(NumberText(("x", "y"), (0, 0), (most, most)))
        return found
