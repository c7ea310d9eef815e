"""Receives webhooks: believes what the secret signed, takes each message once. Python alone."""

import base64
import hashlib
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

KEY = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
TOLERANCE_S = 300
seen: set[str] = set()  # in life: where your own records are, in the same transaction


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        message, sent = self.headers["webhook-id"], self.headers["webhook-timestamp"]
        mac = hmac.digest(KEY, f"{message}.{sent}.".encode() + body, hashlib.sha256)
        right = "v1," + base64.b64encode(mac).decode()
        given = self.headers["webhook-signature"].split()
        signed = any(hmac.compare_digest(one, right) for one in given)
        if not signed or abs(time.time() - int(sent)) > TOLERANCE_S:
            self.send_response(401)
        else:
            self.send_response(204)
            if message not in seen:
                seen.add(message)
                event = json.loads(body)
                print(event["type"], json.dumps(event["data"]), flush=True)
        self.end_headers()


HTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8700"))), Receiver).serve_forever()
