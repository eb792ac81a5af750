"""HighwayHash of 64 bits: the checksum of Riegeli files, ArrayRecord among them.

    32 bytes at a time: four lanes of 64 bits are added and multiplied, and their bytes are mixed into the state for the next 32

Each 32 bytes need the result of the ones before, so array operations cannot replace the loop: numpy and plain Python reach 0.4
MB/s, and no package has the function in wheels for Linux and macOS. It is written here as WebAssembly text, with instructions on
128 bits, which wasmtime compiles in 10 ms: it reaches 4 GB/s, and is the same code on every machine. A caller reads the bytes
from a file directly into the program's memory, so nothing is copied.

Source: github.com/google/highwayhash (the portable version; its test vectors are in tests/formats/test_highway_hash.py).
"""

import atexit
import struct
import weakref
from functools import lru_cache
from typing import Any

from vladata.errors import CorruptRecord, MissingExtra

Key = tuple[int, int, int, int]

PAGE = 1 << 16
PACKET = 32
ARGUMENTS = struct.Struct(
    "<III4xQ"
)  # at, end, rest and the result: passed in memory, which is five times as fast as arguments of a call
DATA = 64  # the position in the program's memory of the bytes to hash; the last, padded packet and the arguments come before
LARGEST = (1 << 32) - PAGE
_U64 = (1 << 64) - 1
_MULTIPLIERS = (
    (0xDBE6D5D5FE4CCE2F, 0xA4093822299F31D0, 0x13198A2E03707344, 0x243F6A8885A308D3),
    (0x3BD39E10CB0EF593, 0xC0ACF169B5F18A8C, 0xBE5466CF34E90C6C, 0x452821E638D01377),
)  # digits of pi, as the algorithm's authors chose them

_LANES = ("low", "high")
_STATE = tuple(f"${name}_{lanes}" for name in ("v0", "v1", "mul0", "mul1") for lanes in _LANES)
_MIX = "i8x16.shuffle 3 12 2 5 14 1 15 0 11 4 10 13 9 6 8 7"
_LOW_HALVES = "i8x16.shuffle 0 1 2 3 8 9 10 11 0 1 2 3 8 9 10 11"
_HIGH_HALVES = "i8x16.shuffle 4 5 6 7 12 13 14 15 4 5 6 7 12 13 14 15"
_SWAP_HALVES = "i8x16.shuffle 4 5 6 7 0 1 2 3 12 13 14 15 8 9 10 11"


class Hasher:
    """Room for bytes, and their hash; for one thread at a time. Raises MissingExtra if wasmtime is not installed."""

    def __init__(self, key: Key) -> None:
        wasmtime, engine, module = _compiled(key)
        self._store = wasmtime.Store(engine)
        weakref.finalize(
            self, self._store.close
        )  # this also closes it at the end of the process, when wasmtime's own clean-up would come too late
        exports = wasmtime.Instance(self._store, module, []).exports(self._store)
        self._memory, self._function = exports["memory"], exports["hash"]
        self._whole = self._seen()

    def room(self, size: int) -> memoryview:
        """Return `size` bytes to write into, at most 4 GiB. They are valid until the next call, while the hasher exists."""
        if size > LARGEST:
            raise CorruptRecord("a chunk is too large to be checked", got=size, allowed=f"{LARGEST:,} bytes")
        missing = DATA + size - len(self._whole)
        if missing > 0:
            self._memory.grow(self._store, -(-missing // PAGE))
            self._whole = self._seen()
        return self._whole[DATA : DATA + size]

    def hash(self, start: int, stop: int) -> int:
        """Return the hash of the bytes from `start` up to, not including, `stop` of the room."""
        rest = (stop - start) % PACKET
        whole = DATA + stop - rest
        if rest:
            self._whole[:PACKET] = _padded(bytes(self._whole[whole : whole + rest]))
        ARGUMENTS.pack_into(self._whole, PACKET, DATA + start, whole, rest, 0)
        self._function(self._store)
        found: int = ARGUMENTS.unpack_from(self._whole, PACKET)[-1]
        return found

    def _seen(self) -> memoryview:
        """Return the program's memory at its current address, which growing may change."""
        return memoryview(self._memory.get_buffer_ptr(self._store)).cast("B")


def _padded(rest: bytes) -> bytes:
    """Return the padded packet for the last bytes, fewer than 32."""
    size = len(rest)
    words, odd = size & ~3, size & 3
    packet = bytearray(PACKET)
    packet[:words] = rest[:words]
    if size & 16:
        packet[28:] = rest[-4:]
    elif odd:
        packet[16:19] = rest[words], rest[words + (odd >> 1)], rest[-1]
    return bytes(packet)


@lru_cache(maxsize=4)
def _compiled(key: Key) -> tuple[Any, Any, Any]:
    try:
        import wasmtime
    except ImportError:
        hint = 'pip install "vladata[beam]"'
        raise MissingExtra(
            "the checksums of ArrayRecord files need the package wasmtime", hint=hint
        ) from None
    config = wasmtime.Config()
    config.parallel_compilation = False  # its threads would be missing in a process that is forked later
    engine = wasmtime.Engine(config)
    module = wasmtime.Module(engine, _program(key))
    for each in (engine, module):
        atexit.register(each.close)
    return wasmtime, engine, module


def _program(key: Key) -> str:
    """Return the program as text. Its arguments: whole packets are from `at` to `end`; `rest` more bytes are a packet at 0."""
    rest = "(local.get $rest)"
    shifted = "".join(
        f"(local.set $v1_{lanes} (v128.or (i32x4.shl (local.get $v1_{lanes}) {rest}) "
        f"(i32x4.shr_u (local.get $v1_{lanes}) (i32.sub (i32.const 32) {rest}))))\n"
        f"(local.set $v0_{lanes} (i64x2.add (local.get $v0_{lanes}) (i32x4.splat {rest})))\n"
        for lanes in _LANES
    )
    state = " ".join(f"(local {name} v128)" for name in _STATE)
    low, high = (f"({_SWAP_HALVES} (local.get $v0_{lanes}) (local.get $v0_{lanes}))" for lanes in _LANES)
    result = "(local.get $v0_low)"
    for name in ("$v1_low", "$mul0_low", "$mul1_low"):
        result = f"(i64x2.add {result} (local.get {name}))"
    return f"""
(module
  (memory (export "memory") 1)
  (func (export "hash")
    (local $at i32) (local $end i32) (local $rest i32) (local $turn i32) {state} (local $turned v128)
    (local.set $at (i32.load offset={PACKET} (i32.const 0)))
    (local.set $end (i32.load offset={PACKET + 4} (i32.const 0)))
    (local.set $rest (i32.load offset={PACKET + 8} (i32.const 0)))
    {_start(key)}
    (block $whole
      (loop $next
        (br_if $whole (i32.ge_u (local.get $at) (local.get $end)))
        {_update("(v128.load (local.get $at))", "(v128.load offset=16 (local.get $at))")}
        (local.set $at (i32.add (local.get $at) (i32.const {PACKET})))
        (br $next)))
    (if {rest} (then
        {shifted}
        {_update("(v128.load (i32.const 0))", "(v128.load (i32.const 16))")}))
    (loop $final
      (local.set $turned {low})
      {_update(high, "(local.get $turned)")}
      (local.set $turn (i32.add (local.get $turn) (i32.const 1)))
      (br_if $final (i32.lt_u (local.get $turn) (i32.const 4))))
    (i64.store offset={PACKET + 16} (i32.const 0) (i64x2.extract_lane 0 {result}))))"""


def _start(key: Key) -> str:
    """Return the text that sets the state before any byte is hashed."""
    turned = [(lane >> 32 | lane << 32) & _U64 for lane in key]
    first, second = _MULTIPLIERS
    v0 = [one ^ other for one, other in zip(first, key, strict=True)]
    v1 = [one ^ other for one, other in zip(second, turned, strict=True)]
    lanes = [*v0, *v1, *first, *second]
    pairs = zip(lanes[::2], lanes[1::2], strict=True)
    return "\n".join(
        f"(local.set {name} (v128.const i64x2 {low} {high}))"
        for name, (low, high) in zip(_STATE, pairs, strict=True)
    )


def _update(low: str, high: str) -> str:
    """Return the text that updates the state by a packet: first the low lanes, then the high lanes. `high` must not read lanes
    that the low half has changed."""
    return "".join(
        _half(f"$v0_{lanes}", f"$v1_{lanes}", f"$mul0_{lanes}", f"$mul1_{lanes}", packet)
        for lanes, packet in zip(_LANES, (low, high), strict=True)
    )


def _half(v0: str, v1: str, mul0: str, mul1: str, packet: str) -> str:
    def get(name: str) -> str:
        return f"(local.get {name})"

    def added(name: str, *more: str) -> str:
        total = get(name)
        for each in more:
            total = f"(i64x2.add {total} {each})"
        return f"(local.set {name} {total})"

    def multiplied(name: str, low: str, high: str) -> str:
        halves = f"({_LOW_HALVES} {get(low)} {get(low)}) ({_HIGH_HALVES} {get(high)} {get(high)})"
        return f"(local.set {name} (v128.xor {get(name)} (i64x2.extmul_low_i32x4_u {halves})))"

    def mixed(name: str) -> str:
        return f"({_MIX} {get(name)} {get(name)})"

    return "\n".join(
        (
            added(v1, packet, get(mul0)),
            multiplied(mul0, v1, v0),
            added(v0, get(mul1)),
            multiplied(mul1, v0, v1),
            added(v0, mixed(v1)),
            added(v1, mixed(v0)),
        )
    )
