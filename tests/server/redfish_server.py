"""A management controller on loopback, out of a recorded tree. usage: redfish_server.py ROOT MODE [CERT.pem KEY.pem]

Prints "PORT\n" once it listens; ends when its standard input does; writes what was asked to ROOT/log. With a certificate it
speaks TLS. MODE: words joined by +
    open, basic, session   who may read (user "reader", password "s3cret"); a session's Location is in the body with "body"
    slow, 500, 404, cut, nan, negative, html, deep, twice, infinite, huge   a fault of EnvironmentMetrics
    ends=N      the session ends after N requests, once; never: each new one is refused too
    noexpand    $expand is answered by 501 whatever the root says; strict: any query is
    each=S      every answer takes S seconds
    away=URL    EnvironmentMetrics redirects to URL
    gzip, chunked   how answers are sent
    tick=S      the Reading of EnvironmentMetrics grows by 1 each S seconds
"""
import base64
import gzip
import http.server
import json
import os
import ssl
import sys
import threading
import time
import urllib.parse

ROOT = sys.argv[1]
MODE = dict((w.split("=", 1) + [""])[:2] for w in sys.argv[2].split("+"))
log = open(os.path.join(ROOT, "log"), "w", buffering=1)
lock = threading.Lock()
state = {"logins": 0, "served": 0, "ended": False}
began = time.monotonic()
FAULTS = {
    "500": (500, b"{}"), "404": (404, b"{}"), "cut": (200, b'{"PowerWatts": {"Read'),
    "nan": (200, b'{"PowerWatts": {"Reading": NaN}}'), "negative": (200, b'{"PowerWatts": {"Reading": -4}}'),
    "html": (200, b"<html>log in</html>"), "deep": (200, b'{"PowerWatts": ' + b"[" * 100000),
    "twice": (200, b'{"PowerWatts": {"Reading": 4}, "PowerWatts": {"Reading": 5}}'),
    "infinite": (200, b'{"PowerWatts": {"Reading": 1e999}}'), "huge": (200, b'{"x": "' + b"y" * (17 << 20) + b'"}'),
}


def token():
    return f"token-of-session-{state['logins']}"


def expanded(doc):
    """A collection's members in place of their links."""
    for i, link in enumerate(doc.get("Members", [])):
        doc["Members"][i] = load(link["@odata.id"])
    return doc


def load(path):
    with open(os.path.join(ROOT, path.strip("/"), "index.json"), "rb") as f:
        return json.load(f)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send(self, status, body=b"{}", **headers):
        if "gzip" in MODE and body:
            body = gzip.compress(body)
            headers["Content_Encoding"] = "gzip"
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "chunked" in MODE and body:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for i in range(0, len(body), 7):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(body[i:i + 7]), body[i:i + 7]))
            self.wfile.write(b"0\r\n\r\n")
            return
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def note(self, how):
        log.write(f"{self.command} {self.path} {how}\n")

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.note("login")
        if "session" not in MODE:
            return self.send(404)
        if body != {"UserName": "reader", "Password": "s3cret"} or (state["ended"] and "never" in MODE):
            return self.send(401)
        with lock:
            state["logins"] += 1
        session = f"/redfish/v1/SessionService/Sessions/{state['logins']}"
        if "body" in MODE:
            return self.send(201, json.dumps({"@odata.id": session}).encode(), X_Auth_Token=token())
        self.send(201, X_Auth_Token=token(), Location=session)

    def do_DELETE(self):
        self.note("token" if self.headers.get("X-Auth-Token") == token() else "nobody")
        self.send(204, b"")

    def may(self):
        basic = "Basic " + base64.b64encode(b"reader:s3cret").decode()
        given = self.headers.get("X-Auth-Token")
        with lock:
            if given == token():
                state["served"] += 1
            if "ends" in MODE and not state["ended"] and state["served"] > int(MODE["ends"]):
                state["ended"] = True
                state["logins"] += 1  # no token is of this one
        good = given == token()
        self.note("token" if good else "old token" if given else
                  "basic" if self.headers.get("Authorization") == basic else "nobody")
        if "basic" in MODE:
            return self.headers.get("Authorization") == basic
        return good or "session" not in MODE

    def do_GET(self):
        if not self.may():
            return self.send(401)
        url = urllib.parse.urlsplit(self.path)
        time.sleep(float(MODE.get("each", 0)))
        if url.query and ("noexpand" in MODE or "strict" in MODE):
            return self.send(501)
        if url.path.endswith("/EnvironmentMetrics"):
            for fault in FAULTS:
                if fault in MODE:
                    return self.send(*FAULTS[fault])
            if "slow" in MODE:
                time.sleep(2)
            if "away" in MODE:
                return self.send(307, Location=MODE["away"])
        try:
            doc = load(url.path)
        except OSError:
            return self.send(404)
        if "expand" in url.query:
            doc = expanded(doc)
        if "tick" in MODE and url.path.endswith("/EnvironmentMetrics"):
            doc["PowerWatts"]["Reading"] += int((time.monotonic() - began) / float(MODE["tick"]))
        self.send(200, json.dumps(doc).encode())


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):  # a client that went away, or whose handshake failed
        pass


server = Server(("127.0.0.1", 0), Handler)
if len(sys.argv) > 3:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(sys.argv[3], sys.argv[4])
    server.socket = tls.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
