"""The trainer: next-token loss on targets, a schedule, checkpoints from which a run continues exactly, a log.

Promise: one config gives one sequence of losses, however often the run is killed and continued; on a CPU to the last bit. The
number of processes that share a batch, and the number of parts of each share, change sums only by rounding.

    run.py          train(spec, out): the whole training. Start reading here
    data.py         vladata.load with the settings of a config; texts for the words of a small model
    parts.py        the samples of a step in parts, with labels, weights, and the names of the samples
    spelled.py      the tokens of a target that spell its action, and those that spell terminate
    starting.py     the model that a run starts or continues with
    step.py         one step of the optimizer
    loss.py         the loss of logits and labels: shifted, weighted, numbers spread over their neighbours
    optimizer.py    AdamW, and its state by the names of weights
    schedule.py     the learning rate of a step
    ranks.py        several processes, under torchrun
    meters.py       sums by dataset and task
    action_error.py distances of predicted actions from the actions of the data, in physical units
    held_out.py     measuring on held-out data
    log.py          log.jsonl, and the folder of TensorBoard's files
    board.py        the writer of TensorBoard's files
    place.py        the folder of a run: one process writes it, with one config
    checkpoint.py   write_checkpoint, read_checkpoint
    robot_source.py facts that a policy needs about the data that its model learnt from
    show.py         a dry run: the model, a batch, the schedule
    summary.py      the result of a training, as text
"""
