"""A spec with nested sources -> leaves and their exact shares; and when an epoch ends."""

from fractions import Fraction

import pytest

from vladata.errors import UsageError
from vladata.mixtures.epoch import epoch_of
from vladata.mixtures.shares import shares
from vladata.mixtures.tree import leaves, size_of, tree_of, without
from vladata.spec.mixture import MixtureSpec
from vladata.spec.read import validate

NESTED = """name: half
weights: shares
sources:
  robot: {weight: 50, path: out/bridge}
  web:
    weight: 50
    weights: shares
    sources: {captions: 80, vqa: 20}
"""
COUNTS = {"robot": 1000, "web/captions": 3000, "web/vqa": 500}


def spec(text: str) -> MixtureSpec:
    return validate(MixtureSpec, text, "mine.yaml")


def flat(weights: str, more: str = "") -> MixtureSpec:
    return spec(f"name: flat\nweights: {weights}\nsources: {{a: 1, b: 2, c: 0.1}}\n{more}")


def test_nested_shares_are_products():
    tree = tree_of(spec(NESTED))
    assert [leaf.name for leaf in leaves(tree)] == list(COUNTS)
    assert shares(tree, COUNTS) == {
        "robot": Fraction(1, 2),
        "web/captions": Fraction(2, 5),
        "web/vqa": Fraction(1, 10),
    }


def test_a_weight_is_the_decimal_that_was_written():
    assert shares(tree_of(flat("shares")), {})["c"] == Fraction(1, 31)


def test_weights_that_multiply_samples():
    found = shares(tree_of(flat("times_steps")), {"a": 300, "b": 100, "c": 1000})
    assert found == {"a": Fraction(1, 2), "b": Fraction(1, 3), "c": Fraction(1, 6)}


def test_in_a_mixture_by_samples_a_group_counts_with_all_its_samples():
    text = NESTED.replace("weights: shares\nsources", "weights: times_steps\nsources", 1).replace("50", "1")
    assert shares(tree_of(spec(text)), COUNTS)["robot"] == Fraction(1000, 4500)


@pytest.mark.parametrize(("temperature", "ratio"), [(0.01, 1e200), (0.5, 1e4), (1, 100), (2, 10), (1e9, 1)])
def test_temperature(temperature, ratio):
    mixture = spec(
        f"name: t\nweights: times_steps\ntemperature: {temperature}\nsources: {{large: 1, small: 1}}\n"
    )
    found = shares(tree_of(mixture), {"large": 10_000, "small": 100})
    assert float(found["large"] / found["small"]) == pytest.approx(ratio, rel=1e-6)
    assert sum(found.values()) == 1


def test_a_temperature_of_one_is_none():
    text = "name: t\nweights: times_steps\ntemperature: 1\nsources: {a: 1, b: 1}\n"
    assert shares(tree_of(spec(text)), {"a": 1, "b": 2}) == {"a": Fraction(1, 3), "b": Fraction(2, 3)}


def test_a_temperature_that_leaves_nothing_of_a_source():
    text = "name: t\nweights: times_steps\ntemperature: 0.01\nsources: {web: 1, robot: 1}\n"
    with pytest.raises(
        UsageError, match="source robot: the temperature makes the share of a source 0"
    ) as caught:
        shares(tree_of(spec(text)), {"web": 10**9, "robot": 100})
    assert "Its weight times its samples is 100, the largest has 1e+09" in caught.value.hint


def test_weights_that_are_not_established_have_to_be_said():
    with pytest.raises(
        UsageError, match="the mixture does not establish the meaning of its weights"
    ) as caught:
        tree_of(flat("null"))
    assert "--weights shares" in caught.value.hint
    assert shares(tree_of(flat("null"), "shares"), {})["a"] == Fraction(10, 31)


def test_weights_that_are_established_are_not_another_thing():
    assert tree_of(flat("shares"), "shares").weights == "shares"
    with pytest.raises(
        UsageError,
        match="the mixture itself establishes the meaning of its weights, and it is another; got 'times_steps'; allowed: shares",
    ):
        tree_of(flat("shares"), "times_steps")


def test_a_mixture_within_a_mixture():
    text = "name: mine\nweights: shares\nsources:\n  all: {mixture: octo-rtx}\n  own: 1\n"
    tree = tree_of(spec(text))
    assert "all/kuka" in [leaf.name for leaf in leaves(tree)]
    asked = spec(text.replace("octo-rtx", "rt-1-x"))
    with pytest.raises(UsageError, match="rt-1-x does not establish the meaning of its weights"):
        tree_of(asked)
    said = spec(text.replace("octo-rtx", "rt-1-x, weights: shares"))
    assert "all/toto" in [leaf.name for leaf in leaves(tree_of(said))]


def test_a_mixture_that_holds_itself(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(f"name: mine\nweights: shares\nsources:\n  again: {{mixture: {file}}}\n")
    with pytest.raises(UsageError, match="mixture mine, again, mixture: a mixture contains itself") as caught:
        tree_of(validate(MixtureSpec, file.read_text(), str(file)), None, str(file))
    assert caught.value.hint == "It is part of mine."


def test_mixtures_of_one_name_that_are_other_files(tmp_path):
    write(tmp_path / "in" / "mine.yaml", "name: mine\nweights: shares\nsources: {a: 1}\n")
    text = "name: mine\nweights: shares\nsources: {b: 1, inner: {mixture: ./in/mine.yaml}}\n"
    outer = write(tmp_path / "mine.yaml", text)
    assert [leaf.name for leaf in leaves(tree_of(spec(text), None, outer))] == ["b", "inner/a"]


def test_a_circle_is_found_through_a_symbolic_link(tmp_path):
    (tmp_path / "other").symlink_to(tmp_path)
    text = "name: one\nweights: shares\nsources: {two: {mixture: other/two.yaml}}\n"
    one = write(tmp_path / "one.yaml", text)
    write(tmp_path / "two.yaml", text.replace("two", "one").replace("name: one", "name: two"))
    with pytest.raises(UsageError, match="a mixture contains itself; got 'other/one") as caught:
        tree_of(spec(text), None, one)
    assert caught.value.hint == "It is part of one > two."


def write(file, text):
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    return str(file)


def test_sources_that_are_left_out():
    tree = without(tree_of(spec(NESTED)), {"web/vqa"})
    assert shares(tree, COUNTS) == {"robot": Fraction(1, 2), "web/captions": Fraction(1, 2)}
    assert [leaf.name for leaf in leaves(without(tree, {"web/captions"}))] == ["robot"]


def test_a_size_is_a_whole_number():
    with pytest.raises(UsageError, match="the size of a source must be a whole number of samples"):
        tree_of(flat("sizes"))


SIZES = "name: sized\nweights: sizes\nsources: {a: 10, web: {WEIGHTweights: sizes, sources: {b: 7, c: 23}}}\n"


@pytest.mark.parametrize("weight", ["", "weight: 30, "])
def test_nested_sizes_add_up(weight):
    tree = tree_of(spec(SIZES.replace("WEIGHT", weight)))
    assert size_of(tree) == 40
    assert shares(tree, {}) == {"a": Fraction(1, 4), "web/b": Fraction(7, 40), "web/c": Fraction(23, 40)}
    left = without(tree, {"web/c"})
    assert (size_of(left), shares(left, {})["web/b"]) == (17, Fraction(7, 17))


def test_nested_sizes_that_do_not_add_up():
    with pytest.raises(
        UsageError, match="the sizes of its sources do not add up to its own; got 50"
    ) as caught:
        tree_of(spec(SIZES.replace("WEIGHT", "weight: 50, ")))
    assert "mixture sized, web, weight: " in str(caught.value)
    assert caught.value.allowed == "30, or nothing, which takes their sum"


@pytest.mark.parametrize("above", ["shares", "times_steps"])
def test_sizes_within_something_else(above):
    text = SIZES.replace("WEIGHT", "").replace("weights: sizes", f"weights: {above}", 1)
    with pytest.raises(
        UsageError, match="mixture sized, web, weights: sizes are numbers of samples of an epoch"
    ):
        tree_of(spec(text))


def test_sizes_of_a_mixture_within_another(tmp_path):
    write(tmp_path / "sized.yaml", "name: sized\nweights: sizes\nsources: {b: 1, c: 3}\n")
    text = "name: mine\nweights: shares\nsources: {a: 1, web: {mixture: ./sized.yaml}}\n"
    mine = str(tmp_path / "mine.yaml")
    with pytest.raises(UsageError, match="sizes are numbers of samples of an epoch"):
        tree_of(spec(text), None, mine)
    asked = spec(text.replace(".yaml}", ".yaml, weights: shares}"))
    assert shares(tree_of(asked, None, mine), {})["web/c"] == Fraction(3, 8)
    with pytest.raises(
        UsageError, match="rt2-pali-x establishes another meaning of its weights; got 'times_steps'"
    ):
        tree_of(spec("name: m\nweights: shares\nsources: {w: {mixture: rt2-pali-x, weights: times_steps}}\n"))


@pytest.mark.parametrize(
    ("rule", "samples", "says"),
    [
        ("all_seen", 7552, "every sample has then come at least once, those of web/captions last"),
        ("no_repeats", 1984, "no sample comes twice; robot is then used up"),
        ("12345", 12_345, "as the mixture says"),
        ("{source: robot}", 2048, "robot has then been seen whole"),
        ("{source: web}", 7552, "web has then been seen whole"),
    ],
)
def test_when_an_epoch_ends(rule, samples, says):
    mixture = spec(f"{NESTED}epoch: {rule}\n")
    epoch = epoch_of(mixture, shares(tree_of(mixture), COUNTS), COUNTS)
    assert (epoch.samples, epoch.says) == (samples, says)


def test_an_epoch_by_a_source_that_is_not_there():
    mixture = spec(f"{NESTED}epoch: {{source: captions}}\n")
    with pytest.raises(UsageError, match="the epoch ends with a source that the mixture does not have"):
        epoch_of(mixture, shares(tree_of(mixture), COUNTS), COUNTS)


@pytest.mark.parametrize("rule", ["all_seen", "no_repeats", "{source: b}", str((1 << 30) + 1)])
def test_an_epoch_that_nobody_plans(rule):
    mixture = spec(f"name: far\nweights: shares\nsources: {{a: 1.0e+12, b: 0.001}}\nepoch: {rule}\n")
    counts = {"a": 10**13, "b": 10**6}
    with pytest.raises(
        UsageError, match="mixture far, epoch: the epoch has more samples than can be planned"
    ):
        epoch_of(mixture, shares(tree_of(mixture), counts), counts)


def test_sizes_that_nobody_plans():
    mixture = spec("name: far\nweights: sizes\nsources: {a: 1.0e+12, b: 30}\n")
    tree = tree_of(mixture)
    with pytest.raises(UsageError, match="got 1000000000030; allowed: 1,073,741,824"):
        epoch_of(mixture, shares(tree, {}), {"a": 10, "b": 10}, int(size_of(tree)))
