"""From a raw episode to a standardised one.

Rules: operations work on whole columns, without loops over steps where numpy can do it. They never write into their arguments.
Every removed step is counted under the rule that removed it. A value that is not finite stays until `faults` reports it.

Each operation of a chain has its own file, a function on arrays. Letters are those of `vladata/records.py`; W is the number of
selected columns:

affine.py            scale * x + offset
binarize_gripper.py  continuous opening to 0 or 1; a value in between takes the next clear one
cast.py              anything numeric to float32
clip.py              min(max(x, low), high)
concat.py            columns side by side
const.py             one value for every step
convert_rotation.py  a rotation in another form
delta_to_next.py     the change from each step to the next
drop_steps.py        the first and last steps taken out
episode_scale.py     the distance that one unit of the action stands for
filter_episode.py    whole episodes taken out by tests
filter_steps.py      steps taken out by tests
invert_gripper.py    1 - x
rel2abs_gripper.py   relative gripper commands to absolute opening
rotate_frame.py      a motion in another frame of reference
stride.py            every k-th step
subtract.py          a relative action from an absolute target
threshold.py         one value above a bound, another at or below it

rotations.py         rotations as matrices, and the forms in which they are recorded
conditions.py        the tests of the filters
keep_not_finite.py   values that are not finite, put back after a scan
select_columns.py    the columns that a reference selects, as [T, W]
table.py             the episode while a chain runs over it: columns, registers, the steps that are left
chain.py             runs the operations of a chain, in order, over a table
added.py             runs an operation of another package, and checks its result
every.py             another control frequency: every n-th step
windows.py           the frames that a sample shows and the actions that it spells
choose_camera.py     one of several fields as the camera of an episode
picture_of_list.py   one picture of the list of pictures in each step
turned.py            recorded pixels put upright
state.py             the robot's state
terminate.py         the flag of an episode's end, and the step that ends it
instruction.py       the instruction of every step
take_text.py         one text of a step where its value holds several
decode_text.py       instructions from bytes or padded integers; text that is not UTF-8 is marked and kept
standardise.py       all of the above in one call: raw Episode -> standardised Episode
faults.py            the unfit steps of a standardised episode, each with its fault
"""
