#!/usr/bin/env python3
"""What a replay of recorded flights must come to, worked out in the plainest way: the oracle that the engine is compared with.

    oracle.py [--format auto|envelope|opensky|readsb] [--bbox LATMIN,LATMAX,LONMIN,LONMAX] [--max-body BYTES] FILE...

Prints one line of JSON: {"entries": [what the log must hold, in order], "ledger": {...}}.
Python 3, standard library only. It shares nothing with the engine but the rules; no line of it is meant to be fast.
"""

import argparse
import hashlib
import json
import math
import os
import re
import sys
import zlib

TOLERANCE_MS = 250
STALE_AFTER_MS = 60_000
MAX_POSITION_AGE_MS = 300_000
MAX_AHEAD_MS = 60_000
LATEST_TIME_MS = 8.64e15  # no calendar goes further
KEPT_BYTES = 65_536
FEET, KNOTS, FEET_A_MINUTE = 0.3048, 1852 / 3600, 0.3048 / 60
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Refused(Exception):
    """A body or row that cannot be taken."""

    def __init__(self, reason):
        self.reason = reason


# ── JSON, with the places of values ──────────────────────────────────────────────────────────────────────────────────


def no_constant(name):
    raise ValueError(f"{name} is not JSON")


# Every number is a double, as in JSON.parse.
DECODER = json.JSONDecoder(parse_int=float, parse_float=float, parse_constant=no_constant)
SPACE = re.compile(r"[ \t\r\n]*")


def parse_all(text):
    """The one value that the text is. ValueError when it is not."""
    value, end = DECODER.raw_decode(text, SPACE.match(text).end())
    if SPACE.match(text, end).end() != len(text):
        raise ValueError("more after the value")
    return value


def places_of_elements(text, start):
    """Where the elements of the array that begins at `start` begin and end."""
    places = []
    at = SPACE.match(text, start + 1).end()
    while text[at] != "]":
        _, end = DECODER.raw_decode(text, at)
        places.append((at, end))
        at = SPACE.match(text, end).end()
        if text[at] == ",":
            at = SPACE.match(text, at + 1).end()
    return places


def places_of_members(text):
    """Of the object that the text is: where each member's value begins. A name given twice counts as it is last."""
    places = {}
    at = SPACE.match(text, SPACE.match(text).end() + 1).end()
    while text[at] != "}":
        name, end = DECODER.raw_decode(text, at)
        colon = SPACE.match(text, end).end()
        value = SPACE.match(text, colon + 1).end()
        places[name] = value
        _, end = DECODER.raw_decode(text, value)
        at = SPACE.match(text, end).end()
        if text[at] == ",":
            at = SPACE.match(text, at + 1).end()
    return places


# ── values ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def is_number(value):
    return type(value) is float


def number(value):
    if value is None or is_number(value):
        return value
    raise Refused("bad_shape")


def boolean(value):
    if value is None or type(value) is bool:
        return value
    raise Refused("bad_shape")


def string(value):
    if value is None or type(value) is str:
        return value
    raise Refused("bad_shape")


def whole_ms(seconds):
    """Rounded, halves up."""
    ms = seconds * 1000
    floor = math.floor(ms)
    return floor + 1 if ms - floor >= 0.5 else floor


def clock_ms(seconds):
    ms = whole_ms(seconds)
    if abs(ms) > LATEST_TIME_MS:
        raise Refused("bad_value")
    return ms


def times(value, factor):
    return None if value is None else value * factor


def minus(a, b):
    return None if b is None else a - b


def first_known(*values):
    return next((value for value in values if value is not None), None)


# ── formats: a body gives a clock in seconds and rows, a row the fields of a flight ──────────────────────────────────


def envelope_row(payload):
    get = payload.get
    position = get("position")
    if position is not None and type(position) is not dict:
        raise Refused("bad_shape")
    place = position or {}
    return {
        "icao24": string(get("icao24")),
        "callsign": string(get("callsign")),
        "lat": number(place.get("lat")),
        "lon": number(place.get("lon")),
        "altitude_m": number(get("altitude_m")),
        "geo_altitude_m": number(get("geo_altitude_m")),
        "velocity_mps": number(get("velocity_mps")),
        "heading_deg": number(get("heading_deg")),
        "vertical_rate_mps": number(get("vertical_rate_mps")),
        "on_ground": boolean(get("on_ground")),
        "squawk": string(get("squawk")),
        "spi": boolean(get("spi")),
        "time_position_unix": number(get("time_position_unix")),
        "last_contact_unix": number(get("last_contact_unix")),
    }


def opensky_row(row):
    if type(row) is not list or len(row) < 17:
        raise Refused("bad_shape")
    return {
        "icao24": string(row[0]),
        "callsign": string(row[1]),
        "time_position_unix": number(row[3]),
        "last_contact_unix": number(row[4]),
        "lon": number(row[5]),
        "lat": number(row[6]),
        "altitude_m": number(row[7]),
        "on_ground": boolean(row[8]),
        "velocity_mps": number(row[9]),
        "heading_deg": number(row[10]),
        "vertical_rate_mps": number(row[11]),
        "geo_altitude_m": number(row[13]),
        "squawk": string(row[14]),
        "spi": boolean(row[15]),
    }


def altitude_of(value):
    """Feet, or "ground"."""
    return value if value == "ground" else number(value)


def readsb_row(row, now):
    if type(row) is not dict:
        raise Refused("bad_shape")
    get = row.get
    altitude = first_known(altitude_of(get("alt_baro")), altitude_of(get("altitude")))
    on_ground = None if altitude is None else altitude == "ground"
    spi = number(get("spi"))
    barometric = first_known(number(get("baro_rate")), number(get("vert_rate")))
    return {
        "icao24": string(get("hex")),
        "callsign": string(get("flight")),
        "lat": number(get("lat")),
        "lon": number(get("lon")),
        "altitude_m": None if on_ground else times(altitude, FEET),
        "geo_altitude_m": times(number(get("alt_geom")), FEET),
        "velocity_mps": times(first_known(number(get("gs")), number(get("speed"))), KNOTS),
        "heading_deg": number(get("track")),
        "vertical_rate_mps": times(first_known(barometric, number(get("geom_rate"))), FEET_A_MINUTE),
        "on_ground": on_ground,
        "squawk": string(get("squawk")),
        "spi": None if spi is None else spi != 0,
        "time_position_unix": minus(now, number(get("seen_pos"))),
        "last_contact_unix": minus(now, number(get("seen"))),
    }


def read_envelope(body):
    """The row, and the clock in seconds; None where it has none."""
    payload = body.get("payload")
    if type(payload) is not dict or body.get("type") not in (None, "flight_state", "flight_update"):
        raise Refused("bad_shape")
    row = envelope_row(payload)
    return row, first_known(row["last_contact_unix"], row["time_position_unix"])


def clock_of_snapshot(body, name):
    clock = body.get(name)
    if not is_number(clock) or not math.isfinite(clock):
        raise Refused("bad_shape")
    return clock / 1000 if name == "now" and clock > 1e11 else clock


def name_of_rows(body, names):
    """Where several are there the first of `names`; its value must be an array or null."""
    name = next((name for name in names if name in body), None)
    if name is None or not (body[name] is None or type(body[name]) is list):
        raise Refused("bad_shape")
    return name


# ── judging ──────────────────────────────────────────────────────────────────────────────────────────────────────────

KEY = re.compile(r"~?[0-9a-f]{6}\Z", re.ASCII | re.IGNORECASE)
ENVELOPE_NUMBERS = (
    "lat lon altitude_m geo_altitude_m velocity_mps heading_deg vertical_rate_mps time_position_unix last_contact_unix"
).split()
OPENSKY_NUMBERS = (3, 4, 5, 6, 7, 9, 10, 11, 13)
READSB_NUMBERS = (
    "lat lon track alt_baro altitude alt_geom gs speed baro_rate vert_rate geom_rate seen_pos seen spi"
).split()


def settle(row, raw):
    """Trims and checks what a row says; `raw` are its values as given. Raises Refused."""
    if any(is_number(value) and not math.isfinite(value) for value in raw):
        raise Refused("bad_value")
    callsign = (row["callsign"] or "").strip()
    row["callsign"] = callsign or None
    row["squawk"] = row["squawk"] or None
    if len(callsign.encode("utf-8", "replace")) > 15 or len((row["squawk"] or "").encode("utf-8", "replace")) > 7:
        raise Refused("bad_value")
    key = row["icao24"] or ""
    if key.strip() != "":
        if not KEY.match(key):
            raise Refused("bad_key")
        row["icao24"] = key.lower()
    else:
        row["icao24"] = None
    if row["lat"] is not None and abs(row["lat"]) > 90:
        raise Refused("latitude_range")
    if row["lon"] is not None and abs(row["lon"]) > 180:
        raise Refused("longitude_range")


class Oracle:
    def __init__(self, bbox=None):
        self.bbox = bbox
        self.entries = []
        self.clock = None
        self.second = None
        self.keys = {}  # key → [time of the accepted record, last mention]
        self.ledger = {
            "received": 0,
            "accepted": 0,
            "duplicate": 0,
            "late": 0,
            "discarded": {"no_key": 0, "no_position": 0, "outside_bbox": 0, "stale_position": 0},
            "dead_lettered": 0,
            "dropped": 0,
            "in_flight": 0,
        }

    def move_clock(self, ms):
        """Never back. When it has passed a whole second, all keys that have gone silent are removed, by their bytes."""
        if self.clock is not None and ms <= self.clock:
            return
        self.clock = ms
        if ms // 1000 == self.second:
            return
        self.second = ms // 1000
        for key in sorted(key for key, (_, mention) in self.keys.items() if ms - mention > STALE_AFTER_MS):
            self.remove(key)

    def remove(self, key):
        _, mention = self.keys.pop(key)
        self.entries.append({"kind": "removal", "key": key, "time": mention + STALE_AFTER_MS})

    def discard(self, reason):
        self.ledger["received"] += 1
        self.ledger["discarded"][reason] += 1

    def dead_letter(self, reason, place, original, full_bytes=None, sha256=None):
        self.ledger["received"] += 1
        self.ledger["dead_lettered"] += 1
        full = len(original) if full_bytes is None else full_bytes
        digest = sha256 or hashlib.sha256(original).hexdigest()
        kept = original[:KEPT_BYTES].decode("latin-1")
        self.entries.append(
            {"kind": "dead_letter", "reason": reason, **place, "full_bytes": full, "sha256": digest, "input": kept}
        )

    def judge_row(self, row, body_clock, clock):
        """What becomes of a row whose values are right: None for a record, or why it is discarded. Raises Refused."""
        if row["icao24"] is None:
            return "no_key"
        if row["lat"] is None or row["lon"] is None:
            return "no_position"
        seconds = first_known(row["time_position_unix"], row["last_contact_unix"])
        if seconds is None and body_clock is None:
            raise Refused("bad_shape")
        row["t"] = body_clock if seconds is None else whole_ms(seconds)
        if row["t"] - body_clock > MAX_AHEAD_MS:
            raise Refused("time_ahead")
        if self.bbox and not is_inside(self.bbox, row["lat"], row["lon"]):
            return "outside_bbox"
        if clock - row["t"] > MAX_POSITION_AGE_MS:
            return "stale_position"
        return None

    def dedupe(self, row):
        self.ledger["received"] += 1
        key, t = row["icao24"], row.pop("t")
        if key in self.keys and self.clock - self.keys[key][1] > STALE_AFTER_MS:
            self.remove(key)
        accepted = self.keys[key][0] if key in self.keys else -math.inf
        verdict = "accepted" if t - accepted >= TOLERANCE_MS else "late" if accepted - t >= TOLERANCE_MS else "duplicate"
        self.keys[key] = [t if verdict == "accepted" else accepted, self.clock]
        self.ledger[verdict] += 1
        self.entries.append({"kind": verdict, "t": t, "c": self.clock, "fields": row})


def is_inside(bbox, lat, lon):
    lat_min, lat_max, lon_min, lon_max = bbox
    if not lat_min <= lat <= lat_max:
        return False
    return lon_min <= lon <= lon_max if lon_min <= lon_max else lon >= lon_min or lon <= lon_max


# ── bodies ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def take_body(oracle, fmt, original, place):
    """Takes or refuses one body whole."""
    try:
        take_readable_body(oracle, fmt, original, place)
    except Refused as refused:
        oracle.dead_letter(refused.reason, {**place, "row": -1}, original)


def take_readable_body(oracle, fmt, original, place):
    mark = len(BYTE_ORDER_MARK) if original.startswith(BYTE_ORDER_MARK) else 0
    try:
        text = original[mark:].decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("bad_utf8")
    try:
        body = parse_all(text)
    except (ValueError, IndexError):
        raise Refused("bad_json")
    if type(body) is not dict:
        raise Refused("bad_shape")
    if fmt == "envelope":
        take_envelope(oracle, body)
    else:
        take_snapshot(oracle, fmt, body, text, original, mark, place)


def take_envelope(oracle, body):
    row, clock_seconds = read_envelope(body)
    settle(row, [row[name] for name in ENVELOPE_NUMBERS])
    body_clock = None if clock_seconds is None else whole_ms(clock_seconds)
    clock = latest(oracle.clock, body_clock)
    reason = oracle.judge_row(row, body_clock, clock)  # what is refused leaves the clock as it was
    if clock_seconds is not None:
        clock_ms(clock_seconds)
    if clock is not None:
        oracle.move_clock(clock)
    if reason is None:
        oracle.dedupe(row)
    else:
        oracle.discard(reason)


def take_snapshot(oracle, fmt, body, text, original, mark, place):
    seconds = clock_of_snapshot(body, "time" if fmt == "opensky" else "now")
    rows_name = name_of_rows(body, ("states",) if fmt == "opensky" else ("ac", "aircraft"))
    body_clock = clock_ms(seconds)
    oracle.move_clock(body_clock)
    rows = body[rows_name] or []
    places = None
    for index, raw in enumerate(rows):
        try:
            if fmt == "opensky":
                row = opensky_row(raw)
                settle(row, [raw[column] for column in OPENSKY_NUMBERS])
            else:
                row = readsb_row(raw, seconds)
                settle(row, [raw.get(name) for name in READSB_NUMBERS])
            reason = oracle.judge_row(row, body_clock, oracle.clock)
        except Refused as refused:
            places = places or places_of_elements(text, places_of_members(text)[rows_name])
            start, end = (mark + len(text[:at].encode()) for at in places[index])
            where = {**place, "row": index, "offset": place["offset"] + start}
            oracle.dead_letter(refused.reason, where, original[start:end])
            continue
        if reason is None:
            oracle.dedupe(row)
        else:
            oracle.discard(reason)


def latest(a, b):
    return max((value for value in (a, b) if value is not None), default=None)


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def inflate(compressed):
    """All that can be had, and whether that is everything."""
    data = b""
    while compressed:
        stream = zlib.decompressobj(31)
        try:
            data += stream.decompress(compressed)
        except zlib.error:
            return data, False
        if not stream.eof:
            return data + stream.flush(), False
        compressed = stream.unused_data if stream.unused_data[:2] == b"\x1f\x8b" else b""
    return data, True


def is_json(data):
    try:
        parse_all(data.removeprefix(BYTE_ORDER_MARK).decode("utf-8"))
        return True
    except (ValueError, IndexError):
        return False


def is_blank(line):
    return line.removeprefix(BYTE_ORDER_MARK).strip(b" \t\r\n") == b""


def detect(data):
    """By the first body that has the members of a known format."""
    for candidate in [data, *data.split(b"\n")]:
        try:
            body = parse_all(candidate.removeprefix(BYTE_ORDER_MARK).decode("utf-8"))
        except (ValueError, IndexError):
            continue
        if type(body) is dict:
            for name, fmt in (("states", "opensky"), ("aircraft", "readsb"), ("ac", "readsb"), ("payload", "envelope")):
                if name in body:
                    return fmt
    return "envelope"


def take_file(oracle, path, fmt, max_body):
    with open(path, "rb") as file:
        data = file.read()
    is_whole = True
    if data[:2] == b"\x1f\x8b":
        data, is_whole = inflate(data)
    if data == b"":
        return
    if fmt == "auto":
        fmt = detect(data)
    if b"\n" in data.rstrip(b"\n") and is_json(data):
        take_body(oracle, fmt, data, {"file": path, "line": 1, "offset": 0})
        return
    offset = 0
    lines = data.split(b"\n")
    for index, line in enumerate(lines):
        place = {"file": path, "line": index + 1, "offset": offset}
        is_cut = not is_whole and index == len(lines) - 1
        if len(line) > max_body:
            digest = hashlib.sha256(line).hexdigest()
            oracle.dead_letter("too_large", {**place, "row": -1}, line[:KEPT_BYTES], len(line), digest)
        elif is_cut and line != b"" and not is_json(line):
            oracle.dead_letter("truncated", {**place, "row": -1}, line)
        elif not is_blank(line):
            take_body(oracle, fmt, line, place)
        offset += len(line) + 1


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--format", default="auto")
    arguments.add_argument("--bbox")
    arguments.add_argument("--max-body", type=int, default=64_000_000)
    arguments.add_argument("files", nargs="+")
    options = arguments.parse_args()
    sys.setrecursionlimit(20_000)
    oracle = Oracle(options.bbox and tuple(float(edge) for edge in options.bbox.split(",")))
    seen = set()
    for path in options.files:
        if os.path.realpath(path) not in seen:  # a file that was read adds nothing when it is named again
            take_file(oracle, path, options.format, options.max_body)
        seen.add(os.path.realpath(path))
    json.dump({"entries": oracle.entries, "ledger": oracle.ledger}, sys.stdout)


if __name__ == "__main__":
    main()
