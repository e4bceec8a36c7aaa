"""A management controller on loopback, out of a recorded tree. usage: redfish_server.py ROOT MODE

Prints "PORT\n" once it listens; ends when its standard input does; writes what was asked to ROOT/log. MODE: open, basic,
session (user "reader", password "s3cret"), or a fault of EnvironmentMetrics: slow, 500, 404, cut, nan, negative, html.
"""
import base64
import http.server
import json
import os
import sys
import threading
import time

ROOT, MODE = sys.argv[1:3]
TOKEN = "token-of-the-session"
log = open(os.path.join(ROOT, "log"), "w", buffering=1)
FAULTS = {
    "500": (500, b"{}"), "404": (404, b"{}"), "cut": (200, b'{"PowerWatts": {"Read'),
    "nan": (200, b'{"PowerWatts": {"Reading": NaN}}'), "negative": (200, b'{"PowerWatts": {"Reading": -4}}'),
    "html": (200, b"<html>log in</html>"),
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send(self, status, body=b"{}", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def note(self, how):
        log.write(f"{self.command} {self.path} {how}\n")

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.note("login")
        if MODE != "session":
            return self.send(404)
        if body != {"UserName": "reader", "Password": "s3cret"}:
            return self.send(401)
        self.send(201, X_Auth_Token=TOKEN, Location="/redfish/v1/SessionService/Sessions/7")

    def do_DELETE(self):
        self.note("token" if self.headers.get("X-Auth-Token") == TOKEN else "nobody")
        self.send(204, b"")

    def may(self):
        basic = "Basic " + base64.b64encode(b"reader:s3cret").decode()
        token = self.headers.get("X-Auth-Token") == TOKEN
        self.note("token" if token else "basic" if self.headers.get("Authorization") == basic else "nobody")
        return {"basic": self.headers.get("Authorization") == basic, "session": token}.get(MODE, True)

    def do_GET(self):
        if not self.may():
            return self.send(401)
        if self.path.endswith("/EnvironmentMetrics"):
            if MODE in FAULTS:
                return self.send(*FAULTS[MODE])
            if MODE == "slow":
                time.sleep(2)
        try:
            with open(os.path.join(ROOT, self.path.strip("/"), "index.json"), "rb") as f:
                self.send(200, f.read())
        except OSError:
            self.send(404)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
