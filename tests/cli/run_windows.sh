# Rules that a run keeps for its joules: it goes on launching a row until five windows agree, never beyond its
# budget, and says which rule stopped it; launches of several rows stay interleaved; a hot machine is let cool down;
# a driver that hangs is waited for once.
fail() { echo "$*"; exit 1; }
zone=tree/sys/class/powercap/intel-rapl:0
mkdir -p $zone tree/proc tree/sys/class/thermal/thermal_zone0
printf 'package-0\n' >$zone/name
printf '262143328850\n' >$zone/max_energy_range_uj
printf '1000000000\n' >$zone/energy_uj
printf 'x86_pkg_temp\n' >tree/sys/class/thermal/thermal_zone0/type
printf '51000\n' >tree/sys/class/thermal/thermal_zone0/temp
cp /proc/cpuinfo /proc/meminfo tree/proc/
grow() { # steadily, or erratic: the power of each launch is another
	python3 - $zone/energy_uj "$1" <<'PY' &
import os, sys, time
path, how, joules, before = sys.argv[1], sys.argv[2], 1000.0, time.monotonic()
while os.getppid() != 1:
    now = time.monotonic()
    joules += (now - before) * (100 if how == "steady" else 40 + 200 * (int(now / 0.7) % 2))
    before = now
    with open(path + ".new", "w") as f:
        f.write(f"{int(joules * 1e6)}\n")
    os.rename(path + ".new", path)
    time.sleep(0.001)
PY
	writer=$!
}
trap 'kill $writer 2>/dev/null' EXIT
run() { # OUT WORDS…
	local out=$1 rc
	shift
	rm -f here.db*
	"$COSTMARK" run --kernel triad --kernel reduce --backend host --size 100000 --seed 1 --store here.db \
		--sysfs-root tree --json "$@" >"$out" 2>err
	rc=$?
	[ $rc = 0 ] || [ $rc = 4 ] || fail "run $*: $rc $(cat err)"
}

grow erratic
run budget.json --budget 15s --ci 0.2
cp here.db interleaved.db
run asked.json --budget 2s --launches 2
kill $writer
python3 - <<'PY' || fail "$(cat budget.json)"
import json
rows = json.load(open("budget.json"))["rows"]
assert len(rows) == 2, rows
# three launches of each are planned; the joules of none agree, so it went on until the budget, or the limit
assert sum(r["launches"] for r in rows) > 6, [(r["launches"], r["joules_stop"]) for r in rows]
for r in rows:
    assert r["joules_stopped_by"] in ("budget", "launches"), r["joules_stopped_by"]
    assert ("stopped by the budget of 15 s" in r["joules_stop"]) == (r["joules_stopped_by"] == "budget"), r["joules_stop"]
    assert f'{r["joules_windows"]} windows' in r["joules_stop"] and "above 2 %" in r["joules_stop"], r["joules_stop"]
    assert "x86_pkg_temp" in r["cooling"] and r["start_c"] == 51 and r["cooled_s"] < 0.1, r["cooling"]
for r in json.load(open("asked.json"))["rows"]:
    assert r["launches"] == 2 and r["joules_stopped_by"] == "launches", r["joules_stopped_by"]
    assert "stopped by --launches 2" in r["joules_stop"], r["joules_stop"]
PY
# Launches stay interleaved: each round holds both rows once, before the next begins.
sqlite3 interleaved.db 'SELECT number, cell FROM launches ORDER BY id' >order
python3 - <<'PY' || fail "$(cat order)"
rows = [tuple(map(int, line.split("|"))) for line in open("order")]
numbers = [n for n, _ in rows]
assert numbers == sorted(numbers) and len(set(rows)) == len(rows), rows
for n in range(3):
    assert sorted(c for m, c in rows if m == n) == [1, 2], rows
PY

# ---- a driver that hangs ---------------------------------------------------------------------------------------
mkdir -p lib
cp "$SRC/$B/tests/fake/nvml_fake.so" lib/libnvidia-ml.so.1
CM_DL_PATH=$PWD/lib CM_FAKE_NVML='gpus=1;init=hang' COSTMARK_DRIVER_WAIT=1 "$COSTMARK" run --kernel triad --backend host \
	--size 100000 --launches 3 --budget 1s --seed 1 --store hung.db --json >hung.json 2>err
rc=$?
[ $rc = 0 ] || [ $rc = 4 ] || fail "a driver that hangs: $rc $(cat err)"
[ "$(grep -c 'the meter nvml: the driver did not answer within 1 s' err)" = 1 ] || fail "said not once: $(cat err)"
python3 - <<'PY' || fail "$(cat hung.json) $(sqlite3 hung.db 'SELECT summary FROM launches')"
import json, sqlite3
s = [json.loads(t) for (t,) in sqlite3.connect("hung.db").execute("SELECT summary FROM launches ORDER BY number")]
assert [len(x["hung"]) for x in s] == [1, 0, 0], [x["hung"] for x in s]
assert s[0]["hung"][0]["meter"] == "nvml", s[0]["hung"]
said = [x.get("meter_note") or x.get("joules_missing") for x in s]
assert "nvml: the driver did not answer" in said[0], said[0]
for t in said[1:]:
    assert "nvml: not asked, since in an earlier launch of this run the driver did not answer within 1 s" in t, t
(r,) = json.load(open("hung.json"))["rows"]
assert "nvml: not asked" in (r["joules_note"] or r["joules_missing"]), r
PY
exit 0
