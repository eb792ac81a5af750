"""Models that say what is done in an episode: `vladata annotate`.

Promise: no answer is paid for twice, none is believed unless it is what was asked for, and what a server does wrong costs the
rows of its own episodes. May import vladata/robot and below; urllib, torch and transformers only in the files of the models.

    model.py         what a model is: pictures and a prompt in, a text out
    endpoint.py      one behind an OpenAI-compatible endpoint
    hugging_face.py  one of Hugging Face's, on this machine
    question.py      an episode -> the question about it
    answer.py        an answer -> rows of a table, or why it is none
    journal.py       the answers as they come in, kept
    inquiry.py       questions asked some at a time, and again
    run.py           all of it
"""
