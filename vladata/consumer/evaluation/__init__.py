"""Trials of policies in environments: paired by seed, resumable, told with intervals."""
