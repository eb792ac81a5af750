"""From logits to text: greedy or drawn, free or held to what a target may say.

target_rule.py  what a target may say, as a machine over text: words, free parts, parts that an automaton holds
pieces.py       a model's tokens as text, and which of them a rule lets come next
generate.py     targets of a batch of prompts, token by token. Start reading here
"""
