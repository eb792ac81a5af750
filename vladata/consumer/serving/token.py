"""The environment variable that holds the token of a policy server, for the server and for those who ask it."""

import os

VARIABLE = "VLADATA_TOKEN"


def token_of_environment() -> str | None:
    """Return the token that the environment variable holds, None where it is not set or empty."""
    return os.environ.get(VARIABLE) or None
