"""Declarations: YAML files as strict, frozen values. Imports layer 0, pydantic and yaml, and of
vladata/actions what each codec may be told.

Promise: a spec that exists is right in itself. Whatever is wrong with its file is reported at once, every problem with
its line, its path, what was got and what is allowed; only what the data itself must answer (is that key there, how wide
is it) is left for later. Nothing here reads data.

strict.py       the base of all models: frozen, no unknown keys, no conversions; names, lists and maps
together.py     checks of several keys together, reported in one round with all other problems
references.py   "action[0:3]": which columns of which field, or "$g", a register
operations.py   the operations of an action chain, one model each, and the order in which they may stand:
                arithmetic.py, motion.py, selection.py on top of operation_base.py; added.py for those of other packages
dimensions.py   what a dimension's name says: a change, or a value to be reached
gripper.py      what the grippers of an action mean, each by its name
rotation.py     the form of the rotation that a chain makes
feature.py      what a schema says of the fields that it reads
dataset.py      DatasetSpec: where things are in a robot dataset, and how they are standardised
missing_keys.py the error for keys that the data has not
language.py     its `language`: where the instruction is, or what it is
corpus.py       CorpusSpec: how the files of a web corpus are laid out; its pairs are in corpus_pairs.py
recipe.py       RecipeSpec: how steps are rendered as samples
images.py       its `images`: which a sample has, their size, fit and kernel
loading.py      LoadRule: what loading makes of stored pictures
augment.py      Augment: how pictures are changed at random when they are loaded
tasks.py        its `tasks`: what is asked of a step, one model a kind of task
action.py       its `action`: one model a codec, made from the settings that the codec declares
select.py       Select: which episodes and steps of a dataset are taken
windows.py      Windows: how many frames a sample shows, and how many actions its target spells
web.py          WebRule: how image-text pairs are rendered as samples
keep.py         Keep: which image-text pairs are taken
template.py     text with words in braces that are put in
question.py     QuestionSpec: what a model that annotates is asked of an episode
mixture.py      MixtureSpec: which datasets are trained on together, at which weights
training.py     TrainingSpec: how a model is trained; what is trained stands in training_model.py
evaluation.py   EvaluationSpec: policies tried in an environment
robot_keys.py   RobotKeysSpec: which keys of a robot's messages hold what
changed.py      a spec with values replaced, as --set says them
read.py         YAML text to data with line numbers, and data to a model or a SpecError
problems.py     the errors of pydantic in the words and lines of the file
find.py         specs by name among those that ship, or by path
json_schema.py  JSON Schema of the models, for editors
"""
