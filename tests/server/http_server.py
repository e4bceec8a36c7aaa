"""A web server on loopback that misbehaves on demand, and plays the price APIs.

usage: http_server.py ROOT [CERT KEY]      prints "PORT\n" once it listens; ends when its standard input does.

Addresses are /MODE/RUN/PATH: MODE is what goes wrong (below), RUN a version of the data: PATH is a file below ROOT/RUN, or
one of the paged APIs, made of ROOT/RUN/azure_items.json, gcp_skus.json and eia_rows.json. /log gives the requests so far.
"""
import email.utils
import gzip
import hashlib
import http.server
import json
import os
import ssl
import sys
import threading
import time
import urllib.parse

ROOT = sys.argv[1] if len(sys.argv) > 1 else "."
PAGE, FULL = 40, 100
log, seen, lock = [], {}, threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        n = int(self.headers.get("Content-Length", 0))
        self.posted = self.rfile.read(n)
        self.do_GET()

    do_DELETE = do_PATCH = do_GET_body = lambda self: self.do_GET()

    def do_GET(self):
        try:
            self.serve()
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True

    def serve(self):
        url = urllib.parse.urlsplit(self.path)  # whole addresses come of those who take us for a proxy
        if url.path == "/log":
            self.close_connection = True
            with lock:
                return self.send("".join(log).encode(), {"Connection": "close"})
        with lock:
            log.append("%s %s %s\n" % (self.command, self.path, json.dumps(dict(self.headers))))
            n = seen[self.path] = seen.get(self.path, 0) + 1
        parts = url.path.lstrip("/").split("/", 2)
        if len(parts) < 3:
            return self.answer(404, b"no such address\n", {})
        self.mode, self.run, path = parts
        self.fault(n, path, dict(urllib.parse.parse_qsl(url.query)))

    def fault(self, n, path, query):
        mode = self.mode
        if mode == "429s" and n == 1:
            return self.answer(429, b"", {"Retry-After": "1"})
        if mode == "429d" and n == 1:
            return self.answer(429, b"", {"Retry-After": email.utils.formatdate(time.time() + 2, usegmt=True)})
        if mode == "429far":
            return self.answer(429, b"", {"Retry-After": "86400"})
        if (mode == "500" and n == 1) or mode == "500x":
            return self.answer(500, b"broken\n", {})
        if mode == "401":
            return self.answer(401, b"", {})
        if mode == "loop":
            return self.answer(302, b"", {"Location": self.path})
        if mode == "moved":
            return self.answer(301, b"", {"Location": "/ok/%s/%s" % (self.run, path)})
        if mode == "elsewhere":
            return self.answer(302, b"", {"Location": "http://localhost:%d/ok/%s/%s" %
                                          (self.server.server_port, self.run, path)})
        if mode == "plain" and self.server.tls:
            return self.answer(302, b"", {"Location": "http://127.0.0.1:1/x"})
        if mode == "huge":
            self.head(200, {"Content-Length": str(10 * 10**9)})
            return self.pour(10 * 10**9)
        if mode == "endless":
            self.head(200, {"Transfer-Encoding": "chunked"})
            return self.pour(10 * 10**9, b"%x\r\n" % 65536, b"\r\n")
        if mode == "bomb":
            body = gzip.compress(b"0" * 30_000_000, 1, mtime=0)
            return self.answer(200, body, {"Content-Encoding": "gzip"})
        if mode == "shape":
            return self.send(b'{"unexpected": [1, 2, 3]}\n', {})
        if mode == "html":
            return self.send(b"<!DOCTYPE html><title>Sign in</title><p>Sign in to the hotel's network\n", {})
        if mode == "empty":
            return self.send(b"", {})
        body = self.body(path, query)
        if body == b"403":
            return self.answer(403, b"", {})
        if body is None:
            return self.answer(404, b"no such file\n", {})
        self.whole(n, body)

    def whole(self, n, body):
        mode = self.mode
        if mode == "badgzip":
            return self.answer(200, gzip.compress(body, mtime=0)[:20] + b"\xff" * 200, {"Content-Encoding": "gzip"})
        if mode == "gzipcut":
            return self.answer(200, gzip.compress(body, mtime=0)[:-9], {"Content-Encoding": "gzip"})
        if mode == "drip":
            self.head(200, {"Content-Length": str(len(body))})
            for i in range(len(body)):
                self.wfile.write(body[i:i + 1])
                time.sleep(0.25)
            return None
        extra = {"ETag": '"%s"' % hashlib.sha256(body).hexdigest()[:16],
                 "Last-Modified": "Tue, 24 Nov 2026 00:00:00 GMT"}
        if self.headers.get("If-None-Match") == extra["ETag"]:
            return self.answer(304, b"", extra)
        if "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > 200 and mode != "raw":
            body = gzip.compress(body, mtime=0)
            extra["Content-Encoding"] = "gzip"
        if mode in ("cutx", "wrong"):  # always short of what was promised
            self.head(200, {**extra, "Content-Length": str(len(body) + (7 if mode == "wrong" else 0))})
            self.wfile.write(body if mode == "wrong" else body[:len(body) // 2])
            return self.drop()
        start, status = 0, 200
        if self.headers.get("Range") and self.headers.get("If-Range") == extra["ETag"]:
            start, status = int(self.headers["Range"].split("=")[1].rstrip("-")), 206
            extra["Content-Range"] = "bytes %d-%d/%d" % (start, len(body) - 1, len(body))
        if mode == "badrange" and status == 206:
            extra["Content-Range"] = "bytes %d-%d/%d" % (start + 1, len(body) - 1, len(body))
        if mode in ("cut", "badrange") and n < 3:
            self.head(status, {**extra, "Content-Length": str(len(body) - start)})
            self.wfile.write(body[start:start + (len(body) - start) // 2])
            return self.drop()
        self.answer(status, body[start:], extra)

    def drop(self):
        self.wfile.flush()
        self.close_connection = True

    def body(self, path, query):
        if path.startswith("echo/"):
            return json.dumps({"method": self.command, "headers": dict(self.headers),
                               "posted": getattr(self, "posted", b"").decode()}).encode()
        if path == "api/retail/prices":
            return self.azure(query)
        if path.startswith("v1/services/"):
            return self.gcp(query)
        if path.startswith("v2/electricity/"):
            return self.eia(query)
        file = os.path.join(ROOT, self.run, path + ("index" if path.endswith("/") else ""))
        if not os.path.isfile(file) or ".." in path:
            return None
        with open(file, "rb") as f:
            return f.read()

    def base(self):
        host = self.headers.get("Host", "127.0.0.1")
        return "%s://%s/%s/%s" % ("https" if self.server.tls else "http", host, self.mode, self.run)

    def azure(self, query):
        """Pages of PAGE rows; the link's skip is opaque to the client."""
        items = self.rows("azure_items.json")
        region = query.get("$filter", "").split("armRegionName eq '")[-1].rstrip("'")
        items = [dict(i, armRegionName=region) for i in items] if region != "nowhere" else []
        if self.mode == "full":
            items = items[:FULL]
        skip = int(query.get("$skip", "0"))
        size = FULL if self.mode in ("full", "early") else PAGE
        page, link = items[skip:skip + size], None
        if skip + size < len(items) and self.mode != "early":
            rest = {"api-version": query.get("api-version", ""), "currencyCode": query.get("currencyCode", "USD"),
                    "$filter": query.get("$filter", ""), "$skip": str(skip + size)}
            link = self.base() + "/api/retail/prices?" + urllib.parse.urlencode(rest)
        if self.mode == "pageloop" and skip:
            link = self.base() + "/" + self.path.split("/", 3)[3]
        if self.mode == "pagetwice" and skip:
            page = items[0:PAGE]
        if self.mode == "pagenone" and skip:
            page, link = [], None
        if self.mode == "pagekey" and skip:
            return json.dumps({"Items": page, "Count": len(page)}).encode()
        if self.mode == "pageaway":
            link = "http://192.0.2.1/api/retail/prices?$skip=40"
        return json.dumps({"BillingCurrency": "USD", "CustomerEntityId": "Default", "CustomerEntityType": "Retail",
                           "Items": page, "NextPageLink": link, "Count": len(page)}).encode()

    def gcp(self, query):
        skus = self.rows("gcp_skus.json")
        if self.headers.get("X-Goog-Api-Key") != "SECRET-4711":
            return b"403"
        at = int(query.get("pageToken", "0") or 0)
        size = PAGE // 8
        token = str(at + size) if at + size < len(skus) else ""
        if self.mode == "pageloop" and at:
            token = str(at)
        return json.dumps({"skus": skus[at:at + size], "nextPageToken": token}).encode()

    def eia(self, query):
        if query.get("api_key") != "SECRET-4711":
            return b"403"
        rows, at = self.rows("eia_rows.json"), int(query.get("offset", "0"))
        if self.mode == "early":
            rows = rows[:5]
        return json.dumps({"response": {"total": str(len(self.rows("eia_rows.json"))), "data": rows[at:at + 5000]}}).encode()

    def rows(self, name):
        with open(os.path.join(ROOT, self.run, name), encoding="utf-8") as f:
            return json.load(f)

    def pour(self, n, before=b"", after=b""):
        block = before + b"x" * 65536 + after
        for _ in range(n // 65536):
            self.wfile.write(block)

    def head(self, status, headers):
        self.send_response(status)
        for k, v in headers.items():
            self.send_header(k, v)
        self.end_headers()

    def send(self, body, headers):
        self.answer(200, body, headers)

    def answer(self, status, body, headers):
        extra = {} if status == 304 else {"Content-Length": str(len(body))}
        if self.mode_or_none() == "short" and status == 200:
            extra["Content-Length"] = str(max(0, len(body) - 9))
            self.close_connection = True
        if self.command == "POST":
            extra["X-Auth-Token"] = "t-0815"
            extra["Location"] = "/ok/a/echo/session/1"
        self.head(status, {**headers, **extra})
        self.wfile.write(body if status != 304 else b"")

    def mode_or_none(self):
        return getattr(self, "mode", None)


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.tls = len(sys.argv) > 3
    if server.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()


main()
