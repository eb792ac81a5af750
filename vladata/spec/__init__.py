"""Declarations: YAML files as strict, frozen values.

A spec can only be made from a file without mistakes. All mistakes of a file are reported at once, each with its line, its path,
the value that was found and the values that are allowed. Questions that need the data itself (does it have this key, how wide is
it) are left for later. Nothing here reads data.

strict.py       the base of all models: frozen, no unknown keys, no conversions; names, lists and maps
together.py     checks of several keys together, reported in one round with all other problems
references.py   "action[0:3]": columns of a field, or "$g", a register
operations.py   the operations of an action chain, one model each, and the order in which they may come. The models are in
                arithmetic.py, motion.py and selection.py, on top of operation_base.py; added.py is for other packages
dimensions.py   the meaning of a dimension's name: a change, or a value to be reached
gripper.py      the meaning of each gripper of an action, by its name
rotation.py     the form of the rotation in a chain's action
feature.py      type and shape of a field that a schema reads
dataset.py      DatasetSpec: the fields of a robot dataset, and how they are standardised
episode_end.py  EpisodeEnd: `terminate` of a schema, the end of an episode
language.py     Language: `language` of a schema, a field of instructions or a constant
missing_keys.py the error for keys that the data lacks
corpus.py       CorpusSpec: the layout of the files of a web corpus
corpus_pairs.py the pairs of one record of a web corpus
recipe.py       RecipeSpec: the rule by which steps become samples
extends.py      recipes that extend another
images.py       ImageRule: `images` of a recipe, the images of a sample, their size, fit and kernel
loading.py      LoadRule: from stored pictures to the pixels of a batch
augment.py      Augment: random changes of pictures when they are loaded
tasks.py        `tasks` of a recipe: the questions about a step, one model for each kind of task
action.py       `action` of a recipe: one model for each codec, made from the settings that the codec declares
select.py       Select: the choice of episodes and steps of a dataset
windows.py      Windows: the frames that a sample shows, and the actions that its target spells
web.py          WebRule: the words of samples made of image-text pairs
keep.py         Keep: the choice of image-text pairs
template.py     text with words in braces that are replaced
question.py     QuestionSpec: a question to a model that annotates episodes
mixture.py      MixtureSpec: datasets that are trained on together, and their weights
training.py     TrainingSpec: the training of a model
training_model.py  `model` of a TrainingSpec, one class for each kind
evaluation.py   EvaluationSpec: policies tried in an environment
robot_keys.py   RobotKeysSpec: the keys of a robot's messages
changed.py      a spec with values replaced, as --set gives them
read.py         from YAML text to data with line numbers, and from data to a model or a SpecError
problems.py     the errors of pydantic in the words and lines of the file
find.py         shipped specs by name, and files by path
mistaken.py     hints for a name or file that is not a spec of the kind that is needed
json_schema.py  JSON Schema of the models, for editors
"""
