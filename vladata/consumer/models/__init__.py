"""Backbones: pictures and token ids in, logits out; and the collators that make token ids from a batch of vladata.load.

backbone.py          the interface of a model, for the trainer, the decoder and the policy
load.py              models from a config or a folder. Start reading here
tiny/                our own small model, for CPUs
hugging_face.py      image-text-to-text models of transformers, as backbones
fine_tuned.py        a Hugging Face model to train by a config, from its own weights or from a checkpoint
pretrained.py        processors and models of transformers, from a folder or the hub
processor_tokens.py  the tokens of a Hugging Face model as text, and the token that ends a target
checked_labels.py    checks of the label masks of a processor's collator
lora.py              LoRA adapters
tensors.py           arrays of a collator as tensors
"""
