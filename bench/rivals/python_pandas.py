"""Readings of a wide CSV file as JSON, the usual way: python_pandas.py WIDE.csv LOCATIONS.csv ROWS. Prints readings a second."""

import json
import sys
import time

import pandas as pd


def main(source, locations, rows):
    places = pd.read_csv(locations, dtype={"sensor_id": str}).set_index("sensor_id")
    started = time.perf_counter()
    frame = pd.read_csv(source, index_col=0, parse_dates=True, nrows=rows)
    count = 0
    with open("/dev/null", "w") as out:
        for timestamp, row in frame.iterrows():
            for sensor_id, speed in row.items():
                place = places.loc[sensor_id]
                if not 0 <= speed <= 120:
                    continue
                event = {
                    "sensor_id": sensor_id,
                    "timestamp": timestamp.isoformat(),
                    "speed_mph": float(speed),
                    "volume": None,
                    "occupancy": None,
                    "latitude": float(place["latitude"]),
                    "longitude": float(place["longitude"]),
                }
                out.write(json.dumps(event) + "\n")
                count += 1
    print(count / (time.perf_counter() - started))


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
