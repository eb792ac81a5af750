"""`vladata mixtures`: list, show, check; and what the shipped ones say."""

import pytest
import yaml

import vladata
from vladata.spec import find

MINE = """name: mine
weights: shares
sources: {bridge_dataset: 1, kukka: 0.5, nothing_like_it: 2}
"""


def test_the_mixtures_that_ship(run):
    said = run("mixtures", "list")
    assert (said.code, said.err) == (0, "")
    assert len(said.out.splitlines()) == 23
    rows = {row["name"]: row for row in run("mixtures", "list", "--json").json["mixtures"]}
    assert rows["octo-rtx"] == {
        "name": "octo-rtx",
        "sources": 11,
        "with_schema": 11,
        "weights": "times_steps",
        "source": "octo-models/octo @ 241fb3514b7c",
    }


def test_rt2_has_its_web_data_in_a_source_of_its_own(run):
    """Half of the samples are the robot's with PaLI-X, two thirds with PaLM-E; of the captions the best tenth is kept."""
    for name, share in (("rt2-pali-x", 50), ("rt2-palm-e", 66)):
        spec = vladata.mixture(name)
        assert spec.sources["robot"] == share
        assert spec.sources["web"].weight == 100 - share
        assert list(spec.datasets()) == ["robot", "captions", "vqa"]
        assert spec.sources["web"].sources["captions"].keep.similarity.top == "10%"
    said = run("mixtures", "check", "rt2-pali-x")
    assert (said.code, said.out.splitlines()[0]) == (
        3,
        "rt2-pali-x: in order, 3 datasets, 3 without a schema",
    )


@pytest.mark.parametrize("name", find.names("mixture"))
def test_each_is_named_for_its_file_and_has_more_than_one_dataset(name, tmp_path, run):
    spec = vladata.mixture(name)
    assert spec.name == name
    assert len(spec.sources) > 1
    (tmp_path / "again.yaml").write_text(run("mixtures", "show", name).out)
    assert vladata.mixture(str(tmp_path / "again.yaml")) == spec


def test_published_weights():
    """Octo's oxe_magic_soup and OpenVLA's agree where both have a dataset, but for a name."""
    octo, openvla = (dict(vladata.mixture(f"{who}-oxe_magic_soup").sources) for who in ("octo", "openvla"))
    assert octo["fractal20220817_data"] == 0.54087122203
    assert {name: octo[name] for name in openvla if name in octo} == {
        name: weight for name, weight in openvla.items() if name in octo
    }


def test_a_repeated_dataset_counts_once():
    spec = vladata.mixture("openvla-rtx_franka")
    assert spec.sources["taco_play"] == 2
    assert spec.quirks[0].startswith("The list repeats taco_play, berkeley_cable_routing, viola, toto;")


def test_a_check(tmp_path, run):
    assert (
        run("mixtures", "check", "octo-oxe_magic_soup").out == "octo-oxe_magic_soup: in order, 25 datasets\n"
    )
    mine = tmp_path / "mine.yaml"
    mine.write_text(MINE)
    said = run("mixtures", "check", mine)
    assert (said.code, said.err) == (3, "")
    assert said.out.splitlines() == [
        f"{mine}: in order, 3 datasets, 2 without a schema",
        '  no schema for kukka; did you mean "kuka"?',
        "  no schema for nothing_like_it",
    ]
    assert run("mixtures", "check", mine, "--json").json["without_schema"] == ["kukka", "nothing_like_it"]
    assert yaml.safe_load(run("mixtures", "show", mine).out)["sources"]["kukka"] == 0.5


def test_a_check_asks_no_schema_of_a_dataset_that_has_a_path(tmp_path, run):
    mine, inner = tmp_path / "mine.yaml", tmp_path / "in" / "inner.yaml"
    inner.parent.mkdir()
    inner.write_text("name: mine\nweights: null\nsources: {kuka: 1, own: {path: out/own}}\n")
    mine.write_text(
        "name: mine\nweights: shares\nsources:\n  robot: {path: out/bridge}\n"
        "  more: {mixture: in/inner.yaml, weights: shares}\n"
    )
    said = run("mixtures", "check", mine)
    assert (said.code, said.out, said.err) == (0, f"{mine}: in order, 3 datasets\n", "")


@pytest.mark.parametrize(
    ("sources", "says"),
    [
        ("weights: shares\nsources: {again: {mixture: ./mine.yaml}}", "a mixture contains itself"),
        ("weights: shares\nsources: {x: {mixture: octo-rty}}", 'there is no mixture "octo-rty"'),
        ("weights: shares\nsources: {x: {mixture: in/none.yaml}}", "in/none.yaml: there is no mixture file"),
        (
            "weights: sizes\nsources: {a: 1.5}",
            "the size of a source must be a whole number of samples; got 1.5",
        ),
        ("weights: times_steps\ntemperature: 0.001\nsources: {a: 1}", "got 0.001; allowed: 0.01 or more"),
        ("weights: shares\nsources: {a: 1.0e-300, b: 1}", "got 1e-300; allowed: 1e-12 or more"),
    ],
)
def test_a_check_refuses_what_mixing_refuses(sources, says, tmp_path, run):
    mine = tmp_path / "mine.yaml"
    mine.write_text(f"name: mine\n{sources}\n")
    for command in (("mixtures", "check", mine), ("mix", tmp_path / "out", "--mixture", mine)):
        said = run(*command)
        assert said.code != 0
        assert says in said.err
