"""The literals that decide the order of every shuffled dataset: a change of one changes the meaning of users' seeds."""

from vladata import keys


def test_seeds_are_pinned():
    assert keys.seed_of(0, "episodes", "train") == 0xD140E298B1590A02
    assert keys.seed_of(1, "episodes", "train") == 0xA198EB72C0DDDCC3


def test_numbers_are_pinned():
    found = keys.uniforms(7, "crop", "primary", 0)
    assert len(found) == 8
    assert [each.hex() for each in found[:2]] == ["0x1.7fe0fafb7687ap-1", "0x1.b78e9a968b50ep-2"]
    assert all(0 <= each < 1 for each in found)
    assert keys.uniforms(7, "crop", "primary", 1) != found


def test_names_do_not_run_together():
    assert keys.seed_of(0, "a", "bc") != keys.seed_of(0, "ab", "c")


def test_a_number_is_not_its_text():
    assert keys.seed_of(0, 1) != keys.seed_of(0, "1")


def test_permutation_is_pinned():
    assert keys.permutation(8, 7, "episodes", "train").tolist() == [2, 5, 4, 3, 1, 0, 7, 6]


def test_permutation_holds_each_number_once():
    assert sorted(keys.permutation(1000, 0, "x")) == list(range(1000))


def test_canonical_json_forgets_the_order_of_keys():
    assert keys.canonical_json({"b": 1, "a": [1.5, "x"]}) == b'{"a":[1.5,"x"],"b":1}'


def test_ids_and_keys():
    assert keys.episode_id("train", 3, 17) == "train-00003-000017"
    assert keys.sample_key("a.b", "train-00003-000017", 4) == "a_b-train-00003-000017-0004"
    assert (
        keys.sample_key("a.b", "train-00003-000017", 4, "where.to") == "a_b-train-00003-000017-0004-where_to"
    )
