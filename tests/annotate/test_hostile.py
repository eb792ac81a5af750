"""Servers that answer nonsense, slowly, not at all, or with errors: each costs the rows of its own episodes, and is named."""

import json
import time

import pytest

from tests.annotate.endpoint import QUESTION, many, plan_of, serving
from vladata.cli.main import _run

KEY = "sk-very-secret-0123456789"
BAD_STEPS = '[{"start": 3, "stop": 99, "field": "plan", "value": "x"}]'
OTHER_FIELD = '[{"start": 0, "stop": 2, "field": "mood", "value": "x"}]'
TWICE = json.dumps(
    [
        {"start": 0, "stop": 3, "field": "plan", "value": "a"},
        {"start": 2, "stop": 4, "field": "plan", "value": "b"},
    ]
)
NONSENSE = {
    0: ("a plan: reach, grasp", "the answer is not JSON"),
    1: (BAD_STEPS, "allowed: 0 <= start < stop <= 6"),
    2: (OTHER_FIELD, "got 'mood'; allowed: plan, subtask"),
    3: ('{"plan": "x"}', "the answer is not a list"),
    4: (TWICE, "two items give the plan of step 2"),
    5: ("[]", "the answer is empty"),
    6: ('[{"start": 0, "stop": 2, "field": "plan", "value": " "}]', "a value is empty, or not a text"),
    7: ('[{"start": true, "stop": 2, "field": "plan", "value": "x"}]', "got 'True to 2'"),
    8: ('[{"start": 0, "stop": 2, "field": "plan", "value": "x", "why": ""}]', "an item has wrong keys"),
}
FENCED, CURED, BUSY, DOWN, UP_AGAIN, CUT, SLOW, UNFIT, SHORT, WRAPPED, NO_CHOICE, DRIPS = range(9, 21)
COUNT = 24


def behave(handler, number, count):
    good = plan_of(number)
    if number in NONSENSE:
        handler.answer(NONSENSE[number][0])
    elif number == FENCED:
        handler.answer(f"```json\n{good}\n```")
    elif number == WRAPPED:
        handler.answer(json.dumps({"annotations": json.loads(good)}))
    elif number == CURED and count == 1:
        handler.answer("let me think")
    elif number == BUSY and count <= 2:
        handler.send("slow down", 429, Retry_After="0.05")
    elif number == DOWN or (number == UP_AGAIN and count == 1):
        handler.send("it broke", 500)
    elif number == CUT:
        handler.send('{"choices": [', Content_Length="1000")
    elif number == SLOW:
        time.sleep(1.2)
    elif number == DRIPS:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(20):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.1)
    elif number == UNFIT:
        handler.send(f"bad request with {handler.headers['Authorization']}", 400)
    elif number == SHORT:
        handler.answer(good, finish="length")
    elif number == NO_CHOICE:
        handler.send('{"error": "none"}')
    else:
        handler.answer(good)


REASONS = {
    **dict.fromkeys(NONSENSE, "nonsense"),
    DOWN: "server_error",
    CUT: "cut_connection",
    SLOW: "timeout",
    DRIPS: "timeout",
    UNFIT: "refused",
    SHORT: "cut_short",
    NO_CHOICE: "malformed_response",
}


@pytest.fixture(scope="module")
def source(clean, tmp_path_factory):
    return many(clean, tmp_path_factory.mktemp("hostile") / "bridge_dataset" / "1.0.0", COUNT)


@pytest.fixture
def run(source, tmp_path, monkeypatch, capsys):
    """Runs `vladata annotate` with these options in this process; exit code, output, error output."""
    (tmp_path / "told.yaml").write_text(QUESTION)
    monkeypatch.setattr("vladata.cli.annotate.Patience", lambda retries: Patience(retries, wait=0.01))

    def call(url, *options):
        told = [
            "--prompt",
            str(tmp_path / "told.yaml"),
            "--url",
            url,
            "--model",
            "m",
            "--schema",
            "bridge_dataset",
        ]
        code = _run(["annotate", str(source), "--out", str(tmp_path / "out.jsonl"), *told, *options])
        return code, *capsys.readouterr()

    from vladata.annotate.inquiry import Patience

    return call


def test_each_costs_the_rows_of_its_own_episode(run, tmp_path, monkeypatch):
    monkeypatch.setenv("MY_KEY", KEY)
    with serving(behave) as server:
        code, out, err = run(server.url, "--retries", "2", "--timeout", "0.5", "--key-env", "MY_KEY")
        assert (code, err) == (3, "")
        first = server.asked.copy()
        assert {n: first[n] for n in (CURED, BUSY, UP_AGAIN, DOWN, SLOW, UNFIT, COUNT - 1)} == {
            CURED: 2, BUSY: 3, UP_AGAIN: 2, DOWN: 3, SLOW: 3, UNFIT: 1, COUNT - 1: 1,
        }  # fmt: skip
        assert all(first[n] == 2 for n in NONSENSE)
        assert {headers["Authorization"] for headers in server.headers} == {f"Bearer {KEY}"}
        # The same again asks only those that the server did not answer; nonsense is kept, and not paid for again.
        assert run(server.url, "--retries", "0", "--timeout", "0.5", "--key-env", "MY_KEY")[0] == 3
        asked = {n for n in range(COUNT) if server.asked[n] > first[n]}
        assert asked == {DOWN, CUT, SLOW, UNFIT, NO_CHOICE, DRIPS}
    failed = [json.loads(line) for line in (tmp_path / "out.jsonl.failed.jsonl").read_bytes().splitlines()]
    assert {int(line["episode"][-6:]): line["reason"] for line in failed} == REASONS
    says = {int(line["episode"][-6:]): line["says"] for line in failed}
    for number, (_, text) in NONSENSE.items():
        assert text in says[number]
    assert says[UNFIT] == "HTTP 400 Bad Request: bad request with Bearer ***"
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()]
    assert [row["value"] for row in rows] == [f"plan {n}" for n in range(COUNT) if n not in REASONS]
    assert not any(KEY.encode() in file.read_bytes() for file in tmp_path.iterdir())
    assert KEY not in out


def test_what_is_sent(run, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with serving(lambda handler, number, count: handler.answer(plan_of(number))) as server:
        assert run(server.url, "--limit", "1", "--max-tokens", "99", "--image-size", "32")[0] == 0
        (body,) = server.bodies
        assert "Authorization" not in server.headers[0]
    text, *pictures = body["messages"][0]["content"]
    assert {name: body[name] for name in ("model", "temperature", "max_tokens")} == {
        "model": "m", "temperature": 0.0, "max_tokens": 99,
    }  # fmt: skip
    # The first step has no action that OpenVLA's chain keeps, and the last has none at all.
    assert (
        text["text"] == 'Do "task 0", 0 to 5: 1, 4. [{"start": 0, "stop": 1, "field": "plan", "value": "x"}]'
    )
    assert [picture["image_url"]["url"][:23] for picture in pictures] == ["data:image/jpeg;base64,"] * 2


def test_an_endpoint_that_refuses_ends_it_at_once(run, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serving(lambda handler, number, count: handler.send(f"no such key {KEY}", 401)) as server:
        code, _, err = run(server.url, "--concurrency", "1")
        assert server.asked.total() <= 3
    assert code == 1
    assert "the endpoint refuses to answer; got 'HTTP 401 Unauthorized: no such key ***'" in err


def test_an_endpoint_that_is_not_there(run):
    code, _, err = run("http://127.0.0.1:9", "--retries", "0", "--concurrency", "1")
    assert code == 1
    assert "none of 20 questions was answered; got" in err
    assert "Connection refused" in err


def test_who_is_asked_is_said_once(run):
    code, _, err = run("http://127.0.0.1:9", "--hf", "somewhere")
    assert (code, "Name a model: --url with --model, or --hf." in err) == (2, True)
    code, _, err = run("ftp://127.0.0.1:9")
    assert (code, "this is not an endpoint; got 'ftp://127.0.0.1:9'" in err) == (2, True)
