"""The graphs on Beam's DataflowRunner, as far as that goes without Google: job graph, packaging, staging, the workers' half.

    python .ci/dataflow.py        needs a package index; reads out/demo, which `make demo` makes

In a fresh environment with the wheel and apache-beam[gcp] each graph is written as a job template, with an address on
this machine where nobody listens as the service. Then a process that has only what was staged takes the DoFn out of the
graph, as a worker does, and runs it. What the two graphs' workers wrote must be the demo's shards.
"""

import tempfile
from pathlib import Path

from fresh import ROOT, build, install, run

DEMO = ROOT / "out" / "demo"
SCHEMA = ROOT / "docs" / "demo" / "tabletop.yaml"
STEPS = ("submit_index", "work_index", "submit_convert", "work_convert", "commit")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheel = build(folder)
        python = install(folder, str(wheel), "apache-beam[gcp]")
        steps = str(Path(__file__).with_name("dataflow_steps.py"))
        for step in STEPS:
            source = DEMO / "rlds" / "tabletop" / "1.0.0"
            run([python, "-W", "ignore", steps, step, name, str(wheel), str(source), str(SCHEMA)], folder)


if __name__ == "__main__":
    main()
