"""Backbones: pictures and token ids in, logits out; and what makes token ids of a batch of vladata.load."""
