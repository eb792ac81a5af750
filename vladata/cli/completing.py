"""Shell completion of the names of shipped schemas, corpora, recipes and mixtures.

Files complete too, since each of these arguments also takes a path.
"""

from collections.abc import Callable

import click
from click.shell_completion import CompletionItem


def completing(*kinds: str) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """Return the callback of an argument or option that takes a name of these kinds, or a path."""

    def complete(ctx: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
        from vladata.spec import find

        names = [name for kind in kinds for name in find.names(kind) if name.startswith(begun)]
        return [CompletionItem(name) for name in names] or [CompletionItem(begun, type="file")]

    return complete
