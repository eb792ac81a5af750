"""A model behind an OpenAI-compatible endpoint: chat completions, with pictures as data URLs.

    POST URL/chat/completions {model, messages: [{role: user, content: [text, image_url, ...]}], temperature, max_tokens}

Rule: the key comes from an environment variable and goes into one header. No redirect is followed, and the key is removed from
every text of the server before it is shown or stored. The deadline is for a whole request, so that a server that sends a byte
per minute is as late as one that sends none.
"""

import base64
import email.utils
import http.client
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from vladata import keys
from vladata.annotate.model import Answer, NoAnswer, Query
from vladata.errors import SourceError, UsageError
from vladata.images import suffix

PATH = "/chat/completions"
LARGEST = 16 << 20  # bytes of a response
PIECE = 1 << 16
SHOWN = 300
KEY = "OPENAI_API_KEY"
MIME = {"jpg": "jpeg"}
HOPELESS = {401, 403, 404, 405}
"""Status codes that any other question would get too."""
BUSY = {408, 425, 429, 500, 502, 503, 504, 529}
"""Status codes after which asking again may help."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


@dataclass(frozen=True)
class Endpoint:
    """A model behind an endpoint. url: with or without /chat/completions at its end.   timeout: seconds for a whole request.
    key_variable: the environment variable that holds the key; if it is not set, no key is sent."""

    url: str
    model: str
    concurrency: int = 8
    timeout: float = 120.0
    temperature: float = 0.0
    max_tokens: int = 1024
    key_variable: str = KEY
    batch = 1

    def __post_init__(self) -> None:
        if urllib.parse.urlsplit(self.url).scheme not in ("http", "https"):
            raise UsageError("this is not an endpoint", got=self.url, allowed="a URL, http:// or https://")

    @property
    def where(self) -> str:
        base = self.url.rstrip("/")
        return base if base.endswith(PATH) else base + PATH

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"model": self.model, "temperature": self.temperature, "max_tokens": self.max_tokens}

    def answer(self, asked: Sequence[Query]) -> list[Answer | NoAnswer]:
        return [self._answer(one) for one in asked]

    def _answer(self, asked: Query) -> Answer | NoAnswer:
        body = orjson.dumps({**self.identity, "messages": [{"role": "user", "content": _content(asked)}]})
        # A server or gateway that knows this header returns its first answer again in place of a second one.
        headers = {"Content-Type": "application/json", "Idempotency-Key": keys.digest(body.decode())}
        if key := os.environ.get(self.key_variable):
            headers["Authorization"] = f"Bearer {key}"
        try:
            return _understood(self._sent(urllib.request.Request(self.where, body, headers)), self._hide)
        except urllib.error.HTTPError as fault:
            return self._refused(fault)
        except TimeoutError:
            return NoAnswer("timeout", f"no answer within {self.timeout:g} s", again=True)
        except (OSError, http.client.HTTPException) as fault:
            if isinstance(getattr(fault, "reason", None), TimeoutError):
                return NoAnswer("timeout", f"no answer within {self.timeout:g} s", again=True)
            return NoAnswer("cut_connection", self._hide(f"{type(fault).__name__}: {fault}"), again=True)

    def _sent(self, request: urllib.request.Request) -> bytes:
        deadline, found = time.monotonic() + self.timeout, bytearray()
        with _OPENER.open(request, timeout=self.timeout) as response:
            while piece := response.read1(PIECE):
                found += piece
                if time.monotonic() > deadline:
                    raise TimeoutError
                if len(found) > LARGEST:
                    raise OSError(f"the response has more than {LARGEST:,} bytes")
            told = response.headers.get("Content-Length")
            if told and told.isdecimal() and len(found) < int(told):
                raise OSError(f"the connection was cut after {len(found):,} of {told} bytes")
        return bytes(found)

    def _refused(self, fault: urllib.error.HTTPError) -> NoAnswer:
        try:
            text = fault.read(LARGEST).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            text = ""
        says = self._hide(f"HTTP {fault.code} {fault.reason}: {' '.join(text.split())[:SHOWN]}")
        if fault.code in HOPELESS or 300 <= fault.code < 400:
            hint = f"Check the URL and the model's name. The key is read from ${self.key_variable}."
            raise SourceError("the endpoint refuses to answer", where=self.where, got=says, hint=hint)
        reason = "rate_limit" if fault.code == 429 else "server_error" if fault.code in BUSY else "refused"
        return NoAnswer(reason, says, fault.code in BUSY, _seconds(fault.headers.get("Retry-After")))

    def _hide(self, text: str) -> str:
        key = os.environ.get(self.key_variable)
        return text.replace(key, "***") if key else text


def _content(asked: Query) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = [{"type": "text", "text": asked.prompt}]
    for image in asked.images:
        kind = suffix(image)
        data = base64.b64encode(image).decode()
        url = f"data:image/{MIME.get(kind, kind)};base64,{data}"
        content.append({"type": "image_url", "image_url": {"url": url}})
    return content


def _understood(data: bytes, hide: Any) -> Answer | NoAnswer:
    """Return the answer in a response; an empty text is not an answer."""
    try:
        said = orjson.loads(data)
        choice = said["choices"][0]
        text = choice["message"]["content"]
        if isinstance(text, list):
            text = "".join(part["text"] for part in text if part.get("type") == "text")
        if not isinstance(text, str):
            raise TypeError
    except (ValueError, LookupError, TypeError, AttributeError):
        shown = hide(data[:SHOWN].decode("utf-8", "replace"))
        return NoAnswer("malformed_response", f"this is not a chat completion: {shown!r}", again=True)
    usage = said.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    counts = [usage.get(name) for name in ("prompt_tokens", "completion_tokens")]
    tokens = [count if type(count) is int and count >= 0 else 0 for count in counts]
    return Answer(text, choice.get("finish_reason") == "length", *tokens)


def _seconds(after: str | None) -> float:
    """Return the seconds of a Retry-After, which is a number or a date; 0 if it is neither."""
    if not after:
        return 0.0
    try:
        return max(0.0, float(after))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(after).timestamp() - time.time())
    except (ValueError, TypeError):
        return 0.0
