"""Settings of the small model that are refused."""

import pytest

from vladata.consumer.models.tiny.settings import settings_of
from vladata.errors import UsageError


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"image_size": 50}, "model.image_size"),
        ({"width": 100}, "a multiple of 8"),
        ({"heads": 0}, "a whole number from 1"),
        ({"frozen_vision": 1}, "true or false"),
        ({"blind_layers": 4}, "up to 3, the number of layers"),
        ({"layer": 3}, "unknown setting of the small model"),
    ],
)
def test_wrong_settings(given, says):
    with pytest.raises(UsageError) as caught:
        settings_of(given)
    assert says in str(caught.value)
