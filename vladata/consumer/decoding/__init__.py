"""Decoding: from logits to text, by the likeliest token or by random draws, freely or limited by a rule for the target.

target_rule.py  the rule of a target, as a state machine over its text: fixed words, free parts, parts with an automaton
pieces.py       the texts of a model's tokens, and the tokens that a rule allows next
generate.py     the targets of a batch of prompts, token by token. Start reading here
"""
