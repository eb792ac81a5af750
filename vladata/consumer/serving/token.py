"""The environment variable that holds the token of a policy server, for the server and its clients."""

import os

VARIABLE = "VLADATA_TOKEN"


def token_of_environment() -> str | None:
    """Return the token in the environment variable; None if the variable is not set or is empty."""
    return os.environ.get(VARIABLE) or None
