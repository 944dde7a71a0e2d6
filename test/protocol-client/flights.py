"""A client of the hub's protocol, written from docs/protocol.md.

    python flights.py URL json|msgpack STATES [LOSE]

prints each state it is in as one line of JSON, {"seq": n, "flights": {icao24: {field: value}}}, and ends after STATES of
them. LOSE is the number of a delta that it drops on purpose, to see that it finds its way back.
"""

import asyncio
import json
import sys

import msgpack
import websockets

TYPES = ("hello", "snapshot", "delta")
HEADER = ("type", "epoch", "channel", "seq", "clock_ms")
BODY = {
    "hello": ("details",),
    "snapshot": ("chunk", "chunks", "rows", "slots", "columns"),
    "delta": ("removed", "removed_slots", "rows", "slots", "columns"),
}


class Column:
    """The bits and codes of one field in one message."""

    def __init__(self, data, rows):
        self.data = data
        self.at = (rows + 7) // 8 if data else 0

    def is_set(self, row):
        return bool(self.data) and bool(self.data[row // 8] >> (row % 8) & 1)

    def varint(self):
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def string(self):
        code = self.varint()
        if code == 0:
            return None
        self.at += code - 1
        return self.data[self.at - code + 1 : self.at].decode()

    def boolean(self):
        return (None, False, True)[self.varint()]

    def number(self, prediction):
        code = self.varint()
        if code == 0:
            return None
        zigzag = code - 1
        return prediction + (zigzag // 2 if zigzag % 2 == 0 else -(zigzag + 1) // 2)


def read_slots(data, count):
    column = Column(data, 0)
    slot, slots = 0, []
    for _ in range(count):
        slot += column.varint()
        slots.append(slot)
    return slots


class PackedFlights:
    """Flights by slot: text and truth values as they are, numbers as the whole numbers that travel."""

    def __init__(self, fields):
        self.fields = fields
        self.by_slot = {}

    def clear(self):
        self.by_slot = {}

    def remove(self, message):
        for slot in read_slots(message["removed_slots"], message["removed"]):
            del self.by_slot[slot]

    def read(self, message):
        rows, clock_ms = message["rows"], message["clock_ms"]
        slots = read_slots(message["slots"], rows)
        for index, field in enumerate(self.fields):
            column = Column(message["columns"][index], rows)
            for row, slot in enumerate(slots):
                if index == 0:
                    if column.is_set(row):
                        self.by_slot[slot] = dict.fromkeys(f["name"] for f in self.fields)
                        self.by_slot[slot][field["name"]] = column.string()
                else:
                    self.read_value(self.by_slot[slot], field, column, column.is_set(row), clock_ms)

    def read_value(self, flight, field, column, is_set, clock_ms):
        name = field["name"]
        if field["type"] == "string" and is_set:
            flight[name] = column.string()
        elif field["type"] == "boolean" and is_set:
            flight[name] = column.boolean()
        elif field["type"] == "number":
            if field["predict"] == "last":
                if is_set:
                    flight[name] = column.number(flight[name] or 0)
                return
            clock = (clock_ms or 0) * field["scale"] // 1000
            base = None if field["predict"] == "clock" else flight[field["predict"]]
            prediction = clock if base is None else base
            flight[name] = column.number(prediction) if is_set else prediction

    def values(self):
        scales = {f["name"]: f["scale"] for f in self.fields if f["type"] == "number"}
        key = self.fields[0]["name"]

        def value(name, stored):
            return stored / scales[name] if name in scales and stored is not None else stored

        return {
            flight[key]: {name: value(name, stored) for name, stored in flight.items()} for flight in self.by_slot.values()
        }


class JsonFlights:
    def __init__(self, fields):
        self.key = fields[0]["name"]
        self.by_key = {}

    def clear(self):
        self.by_key = {}

    def remove(self, message):
        for key in message["removed"]:
            del self.by_key[key]

    def read(self, message):
        for row in message["flights"]:
            self.by_key.setdefault(row[self.key], {}).update(row)

    def values(self):
        return self.by_key


def unpack(frame):
    """Any message as a dict with the names of the page."""
    if isinstance(frame, str):
        return json.loads(frame)
    elements = msgpack.unpackb(frame)
    kind = TYPES[elements[0]] if elements[0] < len(TYPES) else "unknown"
    message = dict(zip(HEADER + BODY.get(kind, ()), elements))
    message["type"] = kind
    return message | message.pop("details", {})


class Client:
    """The rule that keeps a client right."""

    def __init__(self):
        self.epoch = self.seq = self.flights = None
        self.chunks = []
        self.heartbeat_ms = 5000

    def take(self, message):
        """'state' when it is in a new state, 'resync' when it needs one, else None."""
        if message["type"] == "hello":
            assert message["protocol"] == 1, message["protocol"]
            self.epoch, self.seq, self.chunks = message["epoch"], None, []
            self.heartbeat_ms = message["heartbeat_ms"]
            self.flights = (JsonFlights if message["format"] == "json" else PackedFlights)(message["fields"])
        elif message["type"] == "unknown" or message["channel"] != 0:
            return None
        elif message["epoch"] != self.epoch:
            return "resync"
        elif message["type"] == "snapshot":
            return self.take_chunk(message)
        elif message["type"] == "delta":
            return self.take_delta(message)
        return None

    def take_chunk(self, message):
        if message["chunk"] == 0:
            self.chunks = []
        if message["chunk"] != len(self.chunks) or (self.chunks and message["seq"] != self.chunks[0]["seq"]):
            return "resync"
        self.chunks.append(message)
        if len(self.chunks) < message["chunks"]:
            return None
        self.flights.clear()
        for chunk in self.chunks:
            self.flights.read(chunk)
        self.chunks, self.seq = [], message["seq"]
        return "state"

    def take_delta(self, message):
        if self.seq is not None and message["seq"] <= self.seq:
            return None
        if self.seq is None or message["seq"] != self.seq + 1:
            return "resync"
        self.flights.remove(message)
        self.flights.read(message)
        self.seq = message["seq"]
        return "state"


async def main(url, wire_format, states, lose):
    client, asked = Client(), False
    async with websockets.connect(f"{url}?format={wire_format}", max_size=None) as socket:
        while states > 0:
            frame = await asyncio.wait_for(socket.recv(), 3 * client.heartbeat_ms / 1000)
            message = unpack(frame)
            if message["type"] == "delta" and message["seq"] == lose:
                continue
            outcome = client.take(message)
            if outcome == "resync" and not asked:
                asked = True
                await socket.send(json.dumps({"type": "resync"}))
            if outcome == "state":
                asked = False
                states -= 1
                print(json.dumps({"seq": client.seq, "flights": client.flights.values()}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else -1))
