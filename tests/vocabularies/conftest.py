"""Tokenizers that the tests of this folder share, and a codec of 256 bins."""

import pytest

import vladata
from tests import trained_tokenizers as trained


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """bpe.json, digits.json, unigram.json and unigram.model."""
    made = tmp_path_factory.mktemp("tokenizers")
    trained.byte_level_bpe(made / "bpe.json")
    trained.byte_level_bpe(made / "digits.json", split_digits=True)
    trained.metaspace_unigram(made / "unigram.json")
    trained.sentencepiece_unigram(made / "unigram.model")
    return made


@pytest.fixture(scope="session")
def rt1():
    """RT-1's codec: 256 bins, terminate first, seven dimensions."""
    return vladata.codec("rt1")
