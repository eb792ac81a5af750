"""The benchmark of the doctor tells found from missed, and false alarms from neither."""

from benchmarks import doctor


def test_a_fault_is_found_in_its_own_data_and_not_in_clean_data():
    assert ("duplicates", "error") in doctor.findings("duplicates, splits", 0)
    assert [kind for kind, severity in doctor.findings("clean, reached", 0) if severity == "error"] == []


def test_the_same_seed_gives_the_same_data():
    first, second = (doctor.dataset("bgr, a third", 3) for _ in range(2))
    assert first.images == second.images
    assert all((a.action == b.action).all() for a, b in zip(first.episodes, second.episodes, strict=True))


def test_a_row_counts_kinds_and_other_errors():
    found = [[("idle", "info")], [("outliers", "error")], [("idle", "warning"), ("bgr", "warning")]]
    assert doctor._row("idle", found).split() == ["idle", "2/3", "1", "outliers(e)", "1,", "bgr(w)", "1"]
