"""How many rows a model's embedding has, by its config.json."""

import pytest

from vladata.errors import FormatError, MissingFile, UsageError
from vladata.vocabularies.embedding import embedding_rows


@pytest.mark.parametrize(
    ("config", "rows"),
    [
        ('{"vocab_size": 32064}', 32_064),
        ('{"text_config": {"vocab_size": 257216}, "vocab_size": 257152}', 257_216),
        ('{"text_config": {"hidden_size": 8}, "vocab_size": 100}', 100),
        ('{"llm_config": {"vocab_size": 151936}}', 151_936),
    ],
)
def test_the_part_for_text_says_it(tmp_path, config, rows):
    (tmp_path / "config.json").write_text(config)
    assert embedding_rows(tmp_path / "config.json") == rows


@pytest.mark.parametrize(
    ("config", "error", "says"),
    [
        (None, MissingFile, "the model's config cannot be read: No such file"),
        ("{", FormatError, "the model's config is not JSON"),
        ("[]", UsageError, "the model's config has no number of ids"),
        ('{"vocab_size": "many"}', UsageError, "has no number of ids"),
        ('{"vocab_size": 0, "text_config": []}', UsageError, "has no number of ids"),
    ],
)
def test_a_config_without_a_number(tmp_path, config, error, says):
    if config is not None:
        (tmp_path / "config.json").write_text(config)
    with pytest.raises(error, match=says):
        embedding_rows(tmp_path / "config.json")
