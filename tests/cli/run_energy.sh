# Energy of a run on a counter that rises by 100 W: idle before and after, gross and net, power over time, all kept.
fail() { echo "$*"; exit 1; }
zone=tree/sys/class/powercap/intel-rapl:0
mkdir -p $zone tree/proc
printf 'package-0\n' >$zone/name
printf '262143328850\n' >$zone/max_energy_range_uj
printf '1000000000\n' >$zone/energy_uj
cp /proc/cpuinfo /proc/meminfo tree/proc/
python3 - $zone/energy_uj <<'PY' &
import os, sys, time
path, begin = sys.argv[1], time.monotonic()
while os.getppid() != 1:
    with open(path + ".new", "w") as f:
        f.write(f"{1000000000 + int((time.monotonic() - begin) * 100e6)}\n")
    os.rename(path + ".new", path)
    time.sleep(0.001)
PY
writer=$!
"$COSTMARK" run --kernel triad --backend host --size 100000 --launches 1 --budget 5s --ci 0.0001 --seed 1 --store here.db \
	--sysfs-root tree --json >doc.json 2>err
rc=$?
kill $writer
[ $rc = 0 ] || [ $rc = 4 ] || fail "run: $rc $(cat err)"
python3 - <<'PY' || fail "$(sqlite3 here.db 'select summary from launches' 2>/dev/null)"
import json, sqlite3
for (text,) in sqlite3.connect("here.db").execute("select summary from launches where status in ('ok', 'untrusted')"):
    s = json.loads(text)
    assert s["meter"] == "powercap" and s["scope"] == "package", s
    assert abs(s["watts"] - 100) < 50, s["watts"]            # the rise is by time; a busy machine stalls its writer
    assert 0 < s["idle_before_w"] < 1000 and 0 < s["idle_after_w"] < 1000, s
    idle = (s["idle_before_w"] + s["idle_after_w"]) / 2
    assert abs(s["net_joules"] - (s["joules"] - idle * s["window_s"])) < 1e-6 * s["joules"], s
    assert s["net_joules_lo"] <= s["net_joules"] <= s["net_joules_hi"], s
    assert s["joules_lo"] <= s["joules"] <= s["joules_hi"], s
    trace = list(zip(s["power"]["s"], s["power"]["w"]))
    assert len(trace) >= 3 and all(a[0] < b[0] for a, b in zip(trace, trace[1:])), trace
    assert all(0 <= w < 10000 for _, w in trace), trace
    break
else:
    raise SystemExit("no launch")
PY
exit 0
