"""Kills a fetch again and again at random moments; after each, the cache and the store must be whole: old or new.

usage: kill_fetch.py COSTMARK ROOT PORT TIMES SEED      the environment says where cache and store lie
"""
import glob
import gzip
import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

program, root, port, times, seed = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
cache = os.path.join(os.environ["XDG_CACHE_HOME"], "costmark/prices/skypilot")
store = os.path.join(os.environ["XDG_DATA_HOME"], "costmark/prices.db")
random.seed(seed)


def wrong(what):
    sys.exit("seed %d: %s" % (seed, what))


def source(version, cloud):
    with open("%s/%s/skypilot-org/skypilot-catalog/master/catalogs/v8/%s/vms.csv" % (root, version, cloud), "rb") as f:
        return f.read()


def start(version):
    return subprocess.Popen([program, "prices", "fetch", "skypilot", "--url", "skypilot=http://127.0.0.1:%s/ok/%s" %
                             (port, version)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def cached():
    """Which version the manifest's folder holds, all of it."""
    with open(cache + "/manifest.json", encoding="utf-8") as f:
        manifest = json.load(f)
    versions = set()
    for entry in manifest["files"]:
        with open(os.path.join(cache, manifest["folder"], entry["name"]), "rb") as f:
            raw = f.read()
        if len(raw) != entry["size"] or hashlib.sha256(raw).hexdigest() != entry["sha256"]:
            wrong("%s is not what the manifest says" % entry["name"])
        text = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
        cloud = entry["name"][:-len(".csv")]
        versions.update(v for v in ("v1", "v2") if source(v, cloud) == text)
    if len(manifest["files"]) != 6 or len(versions) != 1:
        wrong("the cache mixes versions: %s in %d files" % (sorted(versions), len(manifest["files"])))
    return versions.pop()


def stored():
    """Each import's rows are all there; how many imports. 0: nothing reads this source into the store yet."""
    if not os.path.exists(store):
        return 0
    db = sqlite3.connect(store)
    bad = db.execute("PRAGMA quick_check").fetchone()[0]
    if bad != "ok":
        wrong("the store: %s" % bad)
    n = 0
    if db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'import'").fetchone()[0]:
        for number, rows, is_current in db.execute("SELECT id, rows, current FROM import").fetchall():
            n += 1
            have = db.execute("SELECT count(*) FROM price WHERE import = ?", (number,)).fetchone()[0]
            if have != rows or not rows:
                wrong("import %d says %d rows and has %d" % (number, rows, have))
    db.close()
    return n


started = time.monotonic()
for version in ("v1", "v2"):
    if start(version).wait():
        wrong("a fetch that nobody kills failed")
whole_s = (time.monotonic() - started) / 2
seen, killed, imports = {"v1": 0, "v2": 0}, 0, 0
for i in range(times):
    other = "v1" if cached() == "v2" else "v2"
    p = start(other)
    try:
        p.wait(random.uniform(0, 1.2 * whole_s))
    except subprocess.TimeoutExpired:
        p.send_signal(signal.SIGKILL)
        p.wait()
        killed += 1
    seen[cached()] += 1
    imports = stored()
if start("v1").wait() or cached() != "v1":
    wrong("after all the kills a fetch does not come through")
left = len(glob.glob(cache + "/fetched-*"))
if left != 1:
    wrong("%d folders are left" % left)
if killed < times // 3 or not seen["v1"] or not seen["v2"]:
    wrong("killed only %d of %d, seen %s: that proves little" % (killed, times, seen))
print("%d of %d killed within %.0f ms; cache whole each time (%d old or new v1, %d v2), %d imports whole" %
      (killed, times, 1200 * whole_s, seen["v1"], seen["v2"], imports))
