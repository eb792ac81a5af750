"""Columns of large numbers: nanoseconds, sentinels, integers beyond 2^53, floats beyond float32."""

import io

import numpy as np
import pytest

import vladata
from tests.outcome import convert_plainly, ledger, plain, rejected
from tests.rlds_data import jpeg, tfds, write
from vladata.cli.main import _run
from vladata.index.summary import HISTOGRAM_BINS
from vladata.robot.rederive import rederive
from vladata.robot.sources import open_index
from vladata.runs.verify import verify
from vladata.shards.storage import open_output

EPISODES, STEPS = 2, 4
LARGE = {
    "stamp": (np.int64, lambda n: 1_700_000_000_000_000_000 + n),  # float32 has one number for all of them
    "odd": (np.int64, lambda n: 2**53 + 1 + 2**40 * n),
    "unsigned": (np.uint64, lambda n: 2**64 - 1 - 2**50 * n),
    "lowest": (np.int64, lambda n: -(2**63)),
    "huge": (np.float32, lambda n: 3e38 if n % 2 else -3e38),
    "same": (np.float32, lambda n: 1e30),
    "over": (np.float64, lambda n: 1e300 if n == 1 else 1.0),
}
FINE = [name for name in LARGE if name != "over"]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    def features():
        f = tfds().features
        of = {
            name: f.Tensor(shape=(), dtype=dtype, encoding="bytes" if dtype is np.float64 else "none")
            for name, (dtype, _) in LARGE.items()
        }
        step = {
            "observation": {"image_0": f.Image(shape=(16, 16, 3), encoding_format="jpeg"), **of},
            "action": f.Tensor(shape=(7,), dtype=np.float32),
            "language_instruction": f.Text(),
            **{name: f.Scalar(dtype=np.bool_) for name in ("is_first", "is_last", "is_terminal")},
        }
        return f.FeaturesDict({"steps": f.Dataset(step)})

    def step(e, t):
        n = STEPS * e + t
        image = io.BytesIO(jpeg(np.random.default_rng(n), 16))
        last = t == STEPS - 1
        return {
            "observation": {"image_0": image, **{k: dtype(of(n)) for k, (dtype, of) in LARGE.items()}},
            "action": np.linspace(0, 0.1 * (n + 1), 7, dtype=np.float32),
            "language_instruction": "go",
            **{"is_first": t == 0, "is_last": last, "is_terminal": last},
        }

    def train():
        for e in range(EPISODES):
            yield {"steps": [step(e, t) for t in range(STEPS)]}

    return write(tmp_path_factory.mktemp("large"), "large", features, {"train": train})


def schema(names):
    spec = plain()
    state = spec.state.model_copy(
        update={
            "of": tuple(f"observation/{name}" for name in names),
            "names": tuple(names),
            "encoding": "other",
        }
    )
    cameras = type(spec.cameras)({"primary": "observation/image_0"})
    return spec.model_copy(update={"cameras": cameras, "state": state})


@pytest.mark.parametrize("fmt", ["webdataset", "tfrecord"])
def test_large_numbers_are_converted_as_float32_has_them(fmt, source, tmp_path):
    manifest = convert_plainly(source, tmp_path / "out", spec=schema(FINE), format=fmt)
    assert ledger(manifest)["steps"] == (8, 6, 2, 0)
    output = open_output(str(tmp_path / "out"))
    assert [*verify(output), *rederive(output, str(source))] == []
    for sample in vladata.open(tmp_path / "out"):
        n = STEPS * int(sample.fields["episode"][-6:]) + sample.fields["step"]
        expected = [np.float32(LARGE[name][0](LARGE[name][1](n))) for name in FINE]
        assert np.array(sample.fields["state"], np.float32).tolist() == list(map(float, expected))
    found = dict(
        zip(
            FINE,
            zip(*(manifest["statistics"]["state"][k] for k in ("min", "max", "q01")), strict=True),
            strict=True,
        )
    )
    assert found["stamp"] == (float(np.float32(1.7e18)),) * 3
    assert found["lowest"] == (-(2.0**63),) * 3
    assert found["unsigned"][1] == 2.0**64
    assert found["huge"][:2] == (float(np.float32(-3e38)), float(np.float32(3e38)))


def test_what_float32_cannot_hold_is_rejected(source, tmp_path):
    manifest = convert_plainly(source, tmp_path / "out", spec=schema(["over"]))
    assert ledger(manifest)["not_finite"] == ("rejected", 0, 1)
    (line,) = rejected(tmp_path / "out")
    assert (line["episode"], line["step"]) == ("train-00000-000000", 1)
    assert line["says"].endswith("the state is not finite in over; got inf.")


def test_the_commands_that_count_say_so_without_a_traceback(source, tmp_path, capsys):
    path = tmp_path / "schema.yaml"
    names = ", ".join(FINE)
    path.write_text(f"""name: large
robot: none
control_frequency_hz: 5
cameras: {{primary: observation/image_0}}
language: {{path: language_instruction}}
state: {{of: [{", ".join(f"observation/{n}" for n in FINE)}], encoding: other, names: [{names}]}}
actions:
  default: recorded
  chains:
    recorded:
      gripper: open_absolute
      names: [dx, dy, dz, droll, dpitch, dyaw, gripper]
      operations: [{{op: concat, of: [action]}}]
terminate: {{path: is_terminal, form: flag}}
""")
    for command in ("index", "stats", "doctor"):
        assert _run([command, str(source), "--schema", str(path), "--quiet"]) in (0, 3)
    assert "Traceback" not in "".join(capsys.readouterr())


def test_an_index_keeps_every_digit_of_an_integer(source):
    from vladata.robot.run import index_here

    sources = open_index(str(source), None, None, "train", "native")
    index_here(sources)
    (part,) = sources.index()
    odd = part["raw/observation/odd"].to_pylist()
    assert odd == [[2**53 + 1 + 2**40 * (STEPS * e + t) for t in range(STEPS)] for e in range(EPISODES)]
    assert part["raw/observation/unsigned"].to_pylist()[0][0] == 2**64 - 1


def test_one_value_lies_in_the_middle_of_its_histogram():
    import pyarrow as pa

    from vladata.index.summary import summarise

    for value in (0.25, 1e15, -1e30, 3e38):
        rows = pa.table({"state": pa.array([[value] * 5], pa.list_(pa.float32()))})
        counts = summarise(lambda rows=rows: [rows], {"state": ("x",)})["state"].histograms[0]
        assert (counts[HISTOGRAM_BINS // 2], counts.sum()) == (5, 5)
