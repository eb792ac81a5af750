"""The trainer: next-token loss on targets, a schedule, checkpoints that a run goes on from exactly, a log.

Promise: one config gives one sequence of losses, whatever was killed and gone on with; on a CPU to the last bit. How many
processes share a batch, and into how many parts each cuts it, changes sums by rounding alone.

    run.py          train(spec, out): all of it. Start reading here
    data.py         vladata.load as a config asks for it; texts for the words of a small model
    parts.py        the samples of a step in parts, with labels, weights, and which samples they are
    spelled.py      which tokens of a target spell its action, and which of them terminate
    starting.py     the model that a run begins or goes on with
    step.py         one step of the optimizer
    loss.py         logits against labels: shifted, weighted, numbers spread over their neighbours
    optimizer.py    AdamW, and what it remembers by the names of weights
    schedule.py     the learning rate of a step
    ranks.py        several processes, under torchrun
    meters.py       sums by dataset and task
    action_error.py predicted actions against those of the data, in their units
    held_out.py     measuring on data that is not learnt from
    log.py          log.jsonl, and what TensorBoard reads
    board.py        the files that TensorBoard reads
    place.py        the folder of a run: one process, one config
    checkpoint.py   write_checkpoint, read_checkpoint
    robot_source.py what a policy has to know of the data that its model learnt from
    show.py         a dry run: the model, a batch, the schedule
    summary.py      what a training came to, as text
"""
