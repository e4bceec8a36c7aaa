# Energy of a run on a counter that rises by 100 W: idle before and after, gross and net, power over time, all kept.
fail() { echo "$*"; exit 1; }
zone=tree/sys/class/powercap/intel-rapl:0
mkdir -p $zone tree/proc
printf 'package-0\n' >$zone/name
printf '262143328850\n' >$zone/max_energy_range_uj
printf '1000000000\n' >$zone/energy_uj
printf 'long_term\n' >$zone/constraint_0_name
printf '125000000\n' >$zone/constraint_0_power_limit_uw
printf '165000000\n' >$zone/constraint_0_max_power_uw
mkdir -p tree/proc/sys/kernel/random tree/sys/devices/system/cpu/cpu0/thermal_throttle tree/sys/class/thermal/thermal_zone0
printf '01234567-89ab-cdef-0123-456789abcdef\n' >tree/proc/sys/kernel/random/boot_id
printf '5000\n' >tree/sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_total_time_ms
printf 'x86_pkg_temp\n' >tree/sys/class/thermal/thermal_zone0/type
printf '51000\n' >tree/sys/class/thermal/thermal_zone0/temp
cp /proc/cpuinfo /proc/meminfo tree/proc/
for try in 1 2 3; do
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
	rm -f here.db*
	"$COSTMARK" run --kernel triad --backend host --size 100000 --launches 1 --budget 5s --ci 0.0001 --seed 1 --store here.db \
		--sysfs-root tree --json >doc.json 2>err
	rc=$?
	kill $writer
	[ $rc = 0 ] || [ $rc = 4 ] || fail "run: $rc $(cat err)"
	# A busy machine stalls the writer: then the counter stood still, and there is no figure.
	sqlite3 here.db 'SELECT summary FROM launches' | grep -q 'stood still for' || break
done
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
    # the raw readings give the joules again
    (r,) = s["readings"]
    assert r["channel"] == "package-0" and r["unit"] == "J" and r["kind"] == "counter", r
    again = r["last"] - r["first"] + r["wraps"] * r["wraps_at"]
    assert abs(again - s["joules"]) < 1e-6 * s["joules"], (again, s["joules"])
    assert abs(sum(w * (b - a) for a, b, w in zip([0] + s["power"]["s"], s["power"]["s"], s["power"]["w"]))
               - s["joules"]) < 0.02 * s["joules"], s["power"]
    assert -0.1 < r["first_s"] <= 0 < r["last_s"] < s["window_s"] + 0.1, r
    assert r["limit_w"] == 125 and r["usual_limit_w"] == 165, r
    assert s["boot_id"] == "01234567-89ab-cdef-0123-456789abcdef" and s["window_begun"].endswith("Z"), s
    assert 0 <= s["jitter_s"] < 1, s
    assert s["held"] == [{"what": "processor held back by its thermal limit", "s": 0, "share": 0}], s["held"]
    assert s["steady"]["sensor"] == "x86_pkg_temp" and s["steady"]["from_c"] == 51, s["steady"]
    break
else:
    raise SystemExit("no launch")
row = json.load(open("doc.json"))["rows"][0]
assert row["power_limits"] == "package-0 125 W (usual 165 W)", row["power_limits"]
assert row["held_share"] == 0 and "1 limits" in row["held_back"], row
assert row["joules_windows"] == 1 and "fewer than 5" in row["joules_stop"], row
assert row["idle_before_w"] > 0 and row["idle_after_w"] > 0, row
assert row["net_joules"] < row["joules"] and row["net_joules_basis"] == "derived", row
assert "x86_pkg_temp" in row["steady_says"] or "power changed" in row["steady_says"], row
PY
exit 0
