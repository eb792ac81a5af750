"""Backbones: pictures and token ids in, logits out; and what makes token ids of a batch of vladata.load.

backbone.py      what the trainer, the decoder and the policy ask of a model
load.py          models by what a config or a folder says. Start reading here
tiny/            the small model of our own, for CPUs
hugging_face.py  image-text-to-text models of transformers
lora.py          their adapters
"""
