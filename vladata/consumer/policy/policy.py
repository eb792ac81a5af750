"""Policy: observations in, actions in physical units out, with the prompts of the training's recipe.

    policy = vladata.policy("out/run")
    action = policy.act(vladata.Observation({"primary": image}, "reach red circle", state))

The model answers each question for several observations in one batch. The text of an action is limited by the codec's automaton,
so it can always be parsed; the text of a place is limited to numbers within the picture; a plan in words is free.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from vladata.actions.automaton import Automaton, NumberAutomaton
from vladata.actions.contract import codec_from_contract, state_codec_from_contract
from vladata.actions.grippers import OPEN_ABSOLUTE
from vladata.actions.text import TERMINATE, NumberText
from vladata.consumer.decoding.generate import generate
from vladata.consumer.decoding.pieces import Pieces
from vladata.consumer.decoding.target_rule import ByIds, TargetRule
from vladata.consumer.models.backbone import Backbone
from vladata.consumer.models.tensors import tensors
from vladata.consumer.policy.checked import check_images, check_instruction, check_observations, check_state
from vladata.consumer.policy.observation import Action, Observation
from vladata.consumer.policy.pictures import LEVELS, ObservationPictures
from vladata.consumer.policy.questions import ACTION, INSTRUCTION, PLANS, STATE, PolicyQuestion, questions_of
from vladata.consumer.training.checkpoint import Checkpoint
from vladata.consumer.training.robot_source import RobotSource
from vladata.errors import UsageError
from vladata.keys import seed_of
from vladata.language.prompts import placeholders
from vladata.vocabularies.demand import Numbered, shaped
from vladata.vocabularies.integers import KIND as INTEGERS

MOST = {"per_255": 255, "per_1000": 1000}
"""Form of coordinates -> the largest coordinate of a place."""


class Policy:
    """A model that acts. robot: the dataset whose recipe and action contract it uses."""

    def __init__(
        self,
        backbone: Backbone,
        checkpoint: Checkpoint,
        robot: RobotSource,
        device: torch.device,
        most: int = 64,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> None:
        """Prepare the questions and their rules. most, temperature, seed: as in vladata.policy."""
        self.temperature, self.seed = temperature, seed
        self.robot, self.checkpoint, self.most = robot, checkpoint, most
        self._backbone, self._device = backbone, device
        backbone.module.eval()
        self._codec = codec_from_contract(robot.contract)
        self._state = state_codec_from_contract(robot.contract)
        self.questions = questions_of(robot.recipe, f"recipe {robot.recipe.name}")
        self._rules = {
            each.task: TargetRule(each.target.template, self._automata(each), self._by_ids(each))
            for each in self.questions
        }
        self._pieces, self._collator = Pieces(backbone.tokens), backbone.collator()
        shown = checkpoint.pictures
        self._pictures = None if shown is None else ObservationPictures(shown, robot)

    @property
    def state_names(self) -> tuple[str, ...]:
        """The dimensions of the state that an observation must have; () if no prompt holds the state."""
        asked = any(STATE in placeholders(each.prompt) for each in self.questions)
        return self._state.names if asked and self._state is not None else ()

    @property
    def names(self) -> tuple[str, ...]:
        """The dimensions of an action, without terminate."""
        return self._codec.names

    @property
    def cameras(self) -> tuple[str, ...]:
        """The cameras that an observation must hold."""
        return () if self._pictures is None else self._pictures.cameras

    @property
    def frames(self) -> int:
        """The number of pictures of each camera that an observation must hold."""
        return 1 if self._pictures is None else self._pictures.frames

    @property
    def stride(self) -> int:
        """The number of steps from one of these pictures to the next."""
        found: int = self.robot.contract["windows"]["stride"]
        return found

    @property
    def grippers(self) -> tuple[str, ...]:
        """The dimensions of an action in which 1 opens a gripper and 0 closes it."""
        return tuple(name for name, kind in self._codec.grippers.items() if kind == OPEN_ABSOLUTE)

    def told(self) -> dict[str, Any]:
        """Return the facts about the policy that a robot needs, as a JSON object."""
        known = {} if self._pictures is None else self._pictures.sizes
        sizes = {name: [list(size) for size in each] for name, each in known.items()}
        images = {"channels": "RGB", "range": LEVELS, "dtype": "uint8", "sizes": sizes}
        return {
            "checkpoint": self.checkpoint.digest(),
            "names": list(self.names),
            "state_names": list(self.state_names),
            "cameras": list(self.cameras),
            "frames": self.frames,
            "images": images,
            "control_frequency_hz": self.robot.contract["control_frequency_hz"],
            "contract": dict(self.robot.contract),
        }

    def example(self) -> Observation:
        """Return an observation of noise that fits the policy. Its instruction is a number, which every model can read."""
        images = {} if self._pictures is None else self._pictures.example()
        state = np.array(self.robot.statistics["state"]["mean"], np.float32) if self.state_names else None
        return Observation(images, "1", state)

    def check(self, observation: Observation) -> None:
        """Raise ContractMismatch or UsageError for an observation that does not fit. The model is not used."""
        check_observations([observation])
        self._images(observation)
        self._check_known([self.questions[0].asked(self._words(observation))])

    def act(self, observation: Observation) -> Action:
        """Return the next action. Raises ContractMismatch or UsageError for an observation that does not fit."""
        return self.act_many([observation])[0]

    def act_many(self, observations: Sequence[Observation]) -> list[Action]:
        """Return the next action for each observation, equal to the result of `act` for this observation alone."""
        check_observations(observations)
        if not observations:
            return []
        words = [self._words(each) for each in observations]
        images = [self._images(each) for each in observations]
        ids_of = [each.id for each in observations]
        texts: list[dict[str, str]] = [{} for _ in observations]
        prompts: list[dict[str, str]] = [{} for _ in observations]
        tokens: list[dict[str, list[int]]] = [{} for _ in observations]
        for question in self.questions:
            asked = [question.asked(each) for each in words]
            if question is self.questions[0]:  # later prompts also hold words that the model wrote itself
                self._check_known(asked)
            for i, ids in enumerate(self._answers(question, asked, images, ids_of)):
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
        self,
        question: PolicyQuestion,
        asked: Sequence[str],
        images: Sequence[Mapping[str, np.ndarray]],
        names: Sequence[str],
    ) -> list[list[int]]:
        """Return the ids of the answers to one question. names: the ids of the observations, which seed the draws."""
        batch: dict[str, Any] = {
            "key": [f"observation {i}" for i in range(len(asked))],
            "prompt": list(asked),
        }
        if self._pictures is not None:
            made = self._pictures.batch(images, question.cameras, question.frames)
            batch["images"], batch["image_mask"] = made
        inputs = tensors(self._collator.for_inference(batch), self._device)
        rules = [self._rules[question.task]] * len(asked)
        seeds = [seed_of(self.seed, "said", question.task, name) for name in names]
        return generate(self._backbone, inputs, rules, self._pieces, self.most, self.temperature, seeds)

    def _check_known(self, prompts: Sequence[str]) -> None:
        """Raise UsageError for a word for which the model has no token."""
        for prompt in prompts:
            if strange := self._backbone.tokens.unknown(prompt):
                raise UsageError(
                    "the model has no token for a word of the prompt",
                    got=", ".join(strange),
                    where=repr(prompt),
                    hint="Use other words, or train a model whose data has this word (words_from in the training config).",
                )

    def _words(self, observation: Observation) -> dict[str, str]:
        """Return the words that an observation puts into prompts: the instruction, and the state if it is needed."""
        rule = self.robot.recipe.instruction
        words = {INSTRUCTION: check_instruction(observation.instruction, rule)}
        if self._state is not None and self.state_names:
            state = check_state(observation.state, self.state_names, self.robot.statistics["state"])
            words[STATE] = self._state.texts(self._state.encode(state[None]))[0]
        return words

    def _images(self, observation: Observation) -> Mapping[str, np.ndarray]:
        if self._pictures is None:
            return {}
        shown = self._pictures
        return check_images(observation.images, shown.cameras, shown.frames, shown.sizes)

    def _action(
        self,
        words: Mapping[str, str],
        texts: dict[str, str],
        prompts: dict[str, str],
        tokens: dict[str, list[int]],
    ) -> Action:
        decoded = np.atleast_2d(self._codec.decode(self._codec.parse(words[ACTION])))
        names = self._codec.spelled_names
        ends = np.zeros(len(decoded), bool)
        if TERMINATE in names:
            ends = decoded[:, names.index(TERMINATE)] >= 0.5
        keep = [i for i, name in enumerate(names) if name != TERMINATE]
        plan = next((words[place] for place in PLANS if place in words), "")
        actions = decoded[:, keep].astype(np.float32)
        return Action(actions, bool(ends[0]), plan, self.names, texts, prompts, tokens, ends)

    def _text(self, question: PolicyQuestion, ids: Sequence[int]) -> str:
        """Return the text of an answer. An action written with ids of a vocabulary is spelled as the codec spells it."""
        return self._pieces.target(self._rules[question.task], ids, lambda _, said: self._spelled(said))

    def _spelled(self, ids: list[int]) -> str:
        """Return the codec's text of an action that is written with ids of a vocabulary."""
        held = self.checkpoint.vocabulary
        assert held is not None, "only a vocabulary's rule allows ids"
        return self._codec.text(shaped(self._codec, held.bins(ids)[np.newaxis])[0])

    def _by_ids(self, question: PolicyQuestion) -> dict[str, ByIds]:
        """Return place -> its rule, for places written with ids of a vocabulary: the action, if the model has a vocabulary."""
        held = self.checkpoint.vocabulary
        if held is None or held.kind == INTEGERS or ACTION not in question.target.places:
            return {}
        if not isinstance(self._codec, Numbered):
            what = f"codec {self._codec.kind} does not declare which bins may follow others, so its ids cannot be checked"
            raise UsageError(
                what,
                where=self.robot.name,
                hint="Train without a vocabulary; actions are then written as text.",
            )
        return {ACTION: ByIds(held, self._codec.bins_allowed)}

    def _automata(self, question: PolicyQuestion) -> dict[str, Automaton]:
        """Return place -> the automaton that limits its text."""
        found: dict[str, Automaton] = {}
        for place in question.target.places:
            held = self.checkpoint.vocabulary
            if place == ACTION and (held is None or held.kind == INTEGERS):
                found[place] = self._codec.automaton()
            elif place == STATE and self._state is not None:
                found[place] = self._state.automaton()
            elif place == "point" and question.settings["coordinates"] in MOST:
                most = MOST[question.settings["coordinates"]]
                found[place] = NumberAutomaton(NumberText(("x", "y"), (0, 0), (most, most)))
        return found
