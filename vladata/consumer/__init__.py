"""Consumers of vladata's data: trainer, decoder, policy, environments, evaluation and policy server.

Everything here gets its data only through vladata.load and vladata.open, as any other trainer could. It needs the extras `train`,
`eval` and `serve`.

    models/      backbones: pictures and text in, logits out; our own small model, and Hugging Face's
    training/    `vladata train`: the loop, its schedule, its checkpoints and its log
    decoding/    from logits to the text of a target that its rule allows
    policy/      vladata.policy: an observation in, an action in physical units out
    tabletop/    a world of coloured shapes: pictures, instructions, an expert, episodes as RLDS, and pairs as a web corpus
    evaluation/  `vladata eval`: trials in an environment, intervals, a report
    serving/     `vladata serve`: a policy for several robots, and vladata.Client
    mini_rt2/    RT-2's experiment in miniature, from one command
    rlds.py      episodes of the environments' experts, written as RLDS
"""
