"""Backbones: pictures and token ids in, logits out; and what makes token ids of a batch of vladata.load.

backbone.py          what the trainer, the decoder and the policy ask of a model
load.py              models by what a config or a folder says. Start reading here
tiny/                the small model of our own, for CPUs
hugging_face.py      image-text-to-text models of transformers, as backbones
fine_tuned.py        such a model from its own weights, or from those of a checkpoint, as a config wants it trained
pretrained.py        processors and models of transformers, from a folder or the hub
processor_tokens.py  their tokens as text, and which of them ends a target
checked_labels.py    their label masks, held against what they say
lora.py              their adapters
    tensors.py       arrays of a collator as tensors
"""
