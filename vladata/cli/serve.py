"""`vladata serve`: a policy for robots."""

import asyncio
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vladata.cli.main import HELP
from vladata.cli.numbers import NumberRange, WholeRange
from vladata.cli.reporting import Report, reporting
from vladata.consumer.serving.token import VARIABLE, token_of_environment
from vladata.errors import MissingExtra, MissingFile, UsageError

if TYPE_CHECKING:
    from vladata.spec.robot_keys import RobotKeysSpec

EXAMPLE = """Serve the policy of CHECKPOINT, a checkpoint or a run's folder, to robots: those of openpi-client, of vla-eval, and
vladata.Client, all at one port. Stops at SIGTERM or Ctrl-C, once what is asked is answered.

Which keys of a robot's messages hold which camera, the state and the instruction stands in a file: --robot, the name of one that
ships (droid, libero, aloha, vla-eval-libero) or a path. Others than this machine are served with a token alone.

Example: vladata serve runs/bridge --robot droid --host 0.0.0.0 --token-file token.txt"""


@click.command("serve", help=EXAMPLE, context_settings=HELP)
@click.argument("checkpoint")
@click.option("--robot", "robots", multiple=True, help="A robot file; once for each protocol.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address; others than this machine's need a token.",
)
@click.option(
    "--port", default=8000, show_default=True, type=WholeRange(0, 65535), help="0 takes a free one."
)
@click.option(
    "--token-file", type=click.Path(path_type=Path), help=f"A file with the token; or set {VARIABLE}."
)
@click.option(
    "--device", default="cpu", show_default=True, help="Where the policy computes: cpu, cuda or cuda:N."
)
@click.option("--dataset", help="Of a model of several robot datasets: whose recipe and actions it uses.")
@click.option("--sessions", default=64, show_default=True, type=WholeRange(1), help="Robots at once.")
@click.option("--batch", default=16, show_default=True, type=WholeRange(1), help="Questions asked together.")
@click.option(
    "--wait-ms",
    default=4.0,
    show_default=True,
    type=NumberRange(0),
    help="Time that a question waits for others.",
)
@click.option(
    "--execute", type=WholeRange(1), help="Actions of a chunk that robots of vla-eval do; left out, all."
)
@reporting
def command(
    checkpoint: str,
    robots: tuple[str, ...],
    host: str,
    port: int,
    token_file: Path | None,
    device: str,
    dataset: str | None,
    sessions: int,
    batch: int,
    wait_ms: float,
    execute: int | None,
    report: Report,
) -> None:
    for package, extra in (("torch", "train"), ("websockets", "serve"), ("msgpack", "serve")):
        if find_spec(package) is None:
            raise MissingExtra(f"serving needs {package}", hint=f'pip install "vladata[{extra}]"')
    import vladata
    from vladata.consumer.serving.log import ServerLog
    from vladata.consumer.serving.server import PolicyServer
    from vladata.consumer.serving.settings import ServerSettings
    from vladata.spec import find

    settings = ServerSettings(
        host=host,
        port=port,
        token=_token(token_file),
        sessions=sessions,
        most=batch,
        wait=wait_ms / 1000,
        execute=execute,
    ).checked()
    keys: dict[str, RobotKeysSpec] = {}
    for name in robots:
        found = find.robot(name)
        if found.protocol in keys:
            raise UsageError(
                "two robot files are of one protocol", got=f"{keys[found.protocol].name}, {found.name}"
            )
        keys[found.protocol] = found
    policy = vladata.policy(checkpoint, device=device, dataset=dataset)
    server = PolicyServer(policy, settings, keys, ServerLog(quiet=report.quiet))

    def ready(at: str, bound: int) -> None:
        address = f"ws://{f'[{at}]' if ':' in at else at}:{bound}"
        report.result(f"Serving {checkpoint} at {address}", {"address": address, "checkpoint": checkpoint})

    asyncio.run(server.run(ready))


def _token(file: Path | None) -> str | None:
    if file is None:
        return token_of_environment()
    try:
        return file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise MissingFile("there is no file with the token", where=str(file)) from None
