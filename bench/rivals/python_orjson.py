"""The same in Python with orjson and h3: python_orjson.py ENVELOPES.jsonl OUT.jsonl"""

import json
import sys
import time

import h3
import orjson

TOLERANCE_MS = 250


def main(source, target):
    accepted = {}
    ledger = {"received": 0, "accepted": 0, "duplicate": 0, "late": 0, "discarded": 0, "dead_lettered": 0}
    started = time.perf_counter()
    with open(source, "rb") as lines, open(target, "wb", buffering=1 << 20) as out:
        for line in lines:
            ledger["received"] += 1
            try:
                envelope = orjson.loads(line)
            except orjson.JSONDecodeError:
                ledger["dead_lettered"] += 1
                continue
            payload = envelope.get("payload") or {}
            position = payload.get("position") or {}
            lat, lon = position.get("lat"), position.get("lon")
            key = payload.get("icao24")
            if not key or lat is None or lon is None:
                ledger["discarded"] += 1
                continue
            seconds = payload.get("time_position_unix")
            if seconds is None:
                seconds = payload.get("last_contact_unix")
            time_ms = round(seconds * 1000)
            last = accepted.get(key)
            if last is not None and time_ms - last < TOLERANCE_MS:
                ledger["late" if last - time_ms >= TOLERANCE_MS else "duplicate"] += 1
                continue
            accepted[key] = time_ms
            ledger["accepted"] += 1
            envelope["cell"] = h3.latlng_to_cell(lat, lon, 7)
            out.write(orjson.dumps(envelope))
            out.write(b"\n")
    print(json.dumps({**ledger, "seconds": time.perf_counter() - started}))


main(sys.argv[1], sys.argv[2])
