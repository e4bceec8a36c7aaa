# A sweep of power caps on a recorded tree that may be written: rows by cap, least cost, and every limit back
# after the end, Ctrl-C, kill -9 of the program, of its keeper, of both; denied and out of range change nothing.
fail() { echo "$*"; exit 1; }
export XDG_STATE_HOME=$PWD/state
journal=$PWD/state/costmark/power-cap.journal
for i in 0 1; do
	zone=tree/sys/class/powercap/intel-rapl:$i
	mkdir -p $zone
	printf 'package-%d\n' $i >$zone/name
	printf '262143328850\n' >$zone/max_energy_range_uj
	printf '1000000000\n' >$zone/energy_uj
	printf '1\n' >$zone/enabled
	printf 'long_term\n' >$zone/constraint_0_name
	printf '350000000\n' >$zone/constraint_0_max_power_uw
	printf '%d\n' $((300000000 + i * 125000)) >$zone/constraint_0_power_limit_uw
done
mkdir -p tree/proc
cp /proc/cpuinfo /proc/meminfo tree/proc/
limits() { cat tree/sys/class/powercap/intel-rapl:?/constraint_0_power_limit_uw | tr '\n' ' '; }
found='300000000 300125000 '
restored() { [ "$(limits)" = "$found" ] || fail "$1: the limits are $(limits)"; }
gone() { # WHEN: all is restored and the journal is gone, soon
	for _ in $(seq 100); do [ "$(limits)" = "$found" ] && [ ! -e "$journal" ] && return 0; sleep 0.1; done
	fail "$1: the limits are $(limits), journal: $(cat "$journal" 2>&1)"
}
few=(--kernel triad --backend host --size 100000 --seed 1 --sysfs-root tree)

# ---- the whole of it: both counters rise by half the cap that stands (200 W: 200 W in all; 100 W: 100 W) -------------
python3 - tree/sys/class/powercap <<'PY' &
import os, sys, time
joules, last, seen = 1000.0, time.monotonic(), set()
while os.getppid() != 1:
    time.sleep(0.001)
    now = time.monotonic()
    try:
        cap = int(open(sys.argv[1] + "/intel-rapl:0/constraint_0_power_limit_uw").read()) * 1e-6
    except ValueError: # between the truncation and the write
        continue
    joules, last = joules + cap / 2 * (now - last), now
    if cap not in seen:
        seen.add(cap)
        open("seen", "a").write("%g\n" % cap)
    for i in range(2):
        path = f"{sys.argv[1]}/intel-rapl:{i}/energy_uj"
        with open(path + ".new", "w") as f:
            f.write(f"{int(joules * 1e6) + i * 7777777}\n")
        os.rename(path + ".new", path)
PY
writer=$!
"$COSTMARK" run "${few[@]}" --launches 1 --store c.db --budget 3s --ci 0.0001 --power-cap 100..200:100 --energy-price '0.36 USD/kWh' \
	--json >doc.json 2>err
rc=$?
kill $writer
[ $rc = 0 ] || [ $rc = 4 ] || fail "run: $rc $(cat err)"
restored 'the end'
[ ! -e "$journal" ] || fail 'the end: the journal is there'
grep -qx 100 seen && grep -qx 200 seen || fail "set were: $(cat seen)"
python3 - <<'PY' || fail "$(cat doc.json)"
import json, math
d = json.load(open('doc.json'))
assert sorted(r['tunables'].split('power_cap_w=')[1] for r in d['rows']) == ['100', '200'], d['rows']
(sweep,) = d['power_caps']
assert [c['cap_w'] for c in sweep['caps']] == [200, 100], sweep
for c in sweep['caps']:
    # 0.36 USD/kWh are 1e-7 USD/J
    assert math.isclose(c['cost_per_unit'], c['joules_per_unit'] * 1e-7, rel_tol=1e-9), c
    assert c['joules_scope'].startswith('package'), c
high, low = sweep['caps']
assert low['joules_per_unit'] > 0 and high['joules_per_unit'] > 0, sweep
assert all(r['device'].endswith(' at %s W' % r['tunables'].split('=')[1]) for r in d['rows']), d['rows']
best = min(sweep['caps'], key=lambda c: c['joules_per_unit'])['cap_w']
assert sweep['least_energy_w'] == sweep['least_cost_w'] == best, sweep
PY
"$COSTMARK" results --store c.db >out || fail 'results'
grep -q 'portable, 100 W' out && grep -q 'against power cap' out || fail "results: $(cat out)"

# At a scenario's prices; the store that is named is not there yet.
"$COSTMARK" run "${few[@]}" --launches 1 --store fresh.db --budget 1s --power-cap 100,200 --scenario "$SRC/examples/own-or-rent.yaml" \
	--option own >out 2>err
rc=$?
[ $rc = 0 ] || [ $rc = 4 ] || fail "scenario: $rc $(cat err)"
grep -q '^Prices of option own of .* (plug_price), ' out || fail "scenario: $(cat out)"
restored 'a scenario'

# ---- nothing is set where it may not be ------------------------------------------------------------------------------
refuse() { # CODE PART WORDS…
	local want=$1 part=$2 got rc
	shift 2
	got=$("$COSTMARK" run "${few[@]}" --budget 1s "$@" 2>&1 >out)
	rc=$?
	[ $rc = "$want" ] || fail "$*: ended with $rc, not $want: $got"
	case $got in *"$part"*) ;; *) fail "$*: $got" ;; esac
	[ ! -s out ] || fail "$*: printed $(cat out)"
	restored "$*"
	[ ! -e "$journal" ] || fail "$*: wrote a journal"
}
refuse 2 'takes 0 to 350 W, not 360 W' --power-cap 340..360:10
refuse 2 'takes watts such as' --power-cap 340..
refuse 2 'no limit is named "gpu0"; here: package-0 (powercap), package-1 (powercap)' --power-cap gpu0=100
refuse 2 'add --power-cap' --energy-price '1 USD/kWh'
refuse 2 'a price such as' --power-cap 100 --energy-price '1 USD'
"$COSTMARK" run "${few[@]}" --power-cap package-1=100,200 --dry-run >out 2>err || fail "dry run: $(cat err)"
grep -q '2 of package-1' err || fail "dry run: $(cat err)"
restored 'dry run'
# The limit is of an average: short ones are waited for after each change, long ones are not, which is said.
window() { # MICROSECONDS PART
	printf '%d\n' "$1" >tree/sys/class/powercap/intel-rapl:0/constraint_0_time_window_us
	"$COSTMARK" run "${few[@]}" --power-cap 100,200 --launches 3 --budget 20s --dry-run >out 2>err || fail "dry run: $(cat err)"
	grep -qF -- "$2" err || fail "a window of $1 us: $(cat err)"
}
window 100000 'after each change 0.1 s pass'
window 28000000 'averaged over 28 s, which is not waited for after each of 4 changes' # 3 rounds: up, down, up
rm tree/sys/class/powercap/intel-rapl:0/constraint_0_time_window_us
printf '0\n' >tree/sys/class/powercap/intel-rapl:1/enabled
refuse 3 'switched off' --power-cap 100
printf '1\n' >tree/sys/class/powercap/intel-rapl:1/enabled
mkdir none
"$COSTMARK" run --kernel triad --backend host --sysfs-root none --power-cap 100 >out 2>err
[ $? = 3 ] && grep -q 'no limit of power is here' err || fail "no limits: $(cat err)"
if [ "$(id -u)" = 0 ]; then # another user may read it, not set it
	chmod 755 . && chmod -R o+rX tree && mkdir -p -m 777 theirs
	setpriv --reuid=65534 --regid=65534 --clear-groups env XDG_STATE_HOME="$PWD/theirs" HOME="$PWD/theirs" \
		"$COSTMARK" run "${few[@]}" --store theirs/t.db --power-cap 100 >out 2>err
	rc=$?
	if [ $rc = 126 ] || [ $rc = 127 ]; then
		echo '# the program cannot be reached by another user here'
	else
		[ $rc = 3 ] && grep -q 'sudo chmod o+w' err || fail "denied: $rc $(cat err)"
	fi
	restored denied
fi

# ---- Ctrl-C ----------------------------------------------------------------------------------------------------------
begin() { # a sweep whose first cap stands
	"$COSTMARK" run "${few[@]}" --store k.db --launches 9 --budget 300s --ci 0.0001% --power-cap 150 >out 2>err &
	pid=$!
	for _ in $(seq 200); do
		[ "$(limits)" = '150000000 150000000 ' ] && break
		kill -0 $pid 2>/dev/null || fail "the sweep is over already: $(cat err)"
		sleep 0.1
	done
	[ "$(limits)" = '150000000 150000000 ' ] || fail "the first cap was never set: $(limits)"
	[ -s "$journal" ] || fail 'a cap stands, and no journal'
	for child in $(cat /proc/$pid/task/$pid/children); do
		grep -qz worker "/proc/$child/cmdline" || keeper=$child
	done
}
begin
kill -INT $pid
wait $pid
[ $? = 130 ] || fail "Ctrl-C: $(cat err)"
restored Ctrl-C
[ ! -e "$journal" ] || fail 'Ctrl-C: the journal is there'

# ---- two at once, and kill -9 of the program: its keeper restores ----------------------------------------------------
begin
"$COSTMARK" run "${few[@]}" --store d.db --budget 1s --power-cap 170 >out2 2>err2
[ $? = 2 ] && grep -q 'another power-cap sweep is at work' err2 || fail "two sweeps at once: $(cat err2)"
[ "$(limits)" = '150000000 150000000 ' ] || fail "a second sweep disturbs the first: $(limits)"
kill -9 $pid
wait $pid 2>/dev/null
gone 'kill -9'

# ---- the keeper is killed: the program restores ----------------------------------------------------------------------
begin
kill -9 "$keeper"
sleep 0.2
kill -INT $pid
wait $pid
restored 'kill -9 of the keeper'
[ ! -e "$journal" ] || fail 'kill -9 of the keeper: the journal is there'

# ---- both are killed: the next start restores ------------------------------------------------------------------------
begin
kill -STOP "$keeper"
kill -9 $pid
kill -9 "$keeper"
wait $pid 2>/dev/null
[ "$(limits)" = '150000000 150000000 ' ] || fail "who restored it? $(limits)"
sed 's/^host\t.*/host\tanother/' "$journal" >j && cp "$journal" ours && cp j "$journal"
"$COSTMARK" meters --sysfs-root tree >out 2>err
grep -q 'of the host another' err && [ -s "$journal" ] || fail "the journal of another host: $(cat err)"
cp ours "$journal"
(cd / && "$COSTMARK" meters --sysfs-root "$OLDPWD/tree" >/dev/null 2>"$OLDPWD/err") || fail "meters: $(cat err)"
grep -q 'restored the power limits .*package-0 to 300 W, package-1 to 300.125 W' err || fail "meters: $(cat err)"
restored 'the next start'
[ ! -e "$journal" ] || fail 'the next start: the journal is there'

# What is not ours to put back is left where it is, and said; the command itself goes on.
left() { # PART
	"$COSTMARK" meters --sysfs-root tree >out 2>err || fail "$1: $(cat err)"
	grep -qF -- "$1" err || fail "$1: $(cat err)"
	[ -e "$journal" ] || fail "$1: the journal is gone"
	restored "$1"
}
cp ours "$journal" && chmod 620 "$journal" && left 'may be written by others (mode 620)'
rm "$journal" && cp ours elsewhere && ln -s "$PWD/elsewhere" "$journal" && left 'is a symbolic link'
rm "$journal" && sed '$i rotten' ours >"$journal" && chmod 600 "$journal" && left '.journal:8:1: not a line of a journal'
"$COSTMARK" run "${few[@]}" --budget 1s --power-cap 100 >out 2>err
[ $? = 2 ] && grep -q 'holds limits that are not restored yet' err || fail "a sweep over a journal: $(cat err)"
restored 'a sweep over a journal'
rm "$journal"
# One of before a reboot, of this machine's own limits, is dropped: they were set anew then.
sed 's/^boot\t.*/boot\tanother/; s/^root\t.*/root\t/' ours >"$journal" && chmod 600 "$journal"
"$COSTMARK" meters --sysfs-root tree >out 2>err || fail "before a reboot: $(cat err)"
[ ! -e "$journal" ] && [ ! -s err ] || fail "before a reboot: $(cat err)"

# A journal that was cut short stands from before anything was set.
head -n 4 ours >"$journal"
"$COSTMARK" meters --sysfs-root tree >out 2>err || fail "a journal cut short: $(cat err)"
restored 'a journal cut short'
[ ! -e "$journal" ] || fail 'a journal cut short stays'
exit 0
