"""Annotate episodes with models: `vladata annotate`.

Promise: no answer is paid for twice, an answer is used only if it has the form that was asked for, and a server's fault costs
only the rows of its own episodes. Network, torch and transformers are used only in the files of the models.

    model.py         the protocol of models: pictures and a prompt in, a text out
    endpoint.py      a model behind an OpenAI-compatible endpoint
    hugging_face.py  a model of Hugging Face on this machine
    question.py      an episode -> the question about it
    answer.py        an answer -> rows of a table, or the reason why it is not valid
    journal.py       the file that keeps all answers
    inquiry.py       asking questions, some at a time, with retries
    run.py           the whole of `vladata annotate`
"""
