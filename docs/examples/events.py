"""Prints the board's events as lines of JSON, with nothing installed; goes on after a broken line.

ZAISEKI_HUB=https://hub.example ZAISEKI_TOKEN=… python events.py
"""

import os
import sys
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

said = {"id": "", "retry": "3000"}
while True:
    asked = Request(f"{os.environ['ZAISEKI_HUB']}/api/v1/events")
    asked.add_header("Authorization", f"Bearer {os.environ['ZAISEKI_TOKEN']}")
    asked.add_header("Last-Event-ID", said["id"])
    try:
        for line in urlopen(asked, timeout=25):
            field, _, value = line.decode().rstrip("\n").partition(": ")
            said[field] = value
            if field == "data":
                print(value, flush=True)
    except HTTPError as refused:
        if refused.code not in (429, 503):
            sys.exit(refused.read().decode())
    except OSError as broken:
        print(broken, file=sys.stderr)
    time.sleep(int(said["retry"]) / 1000)
