# `costmark meters` on made trees: what is shown, the JSON document, watching, and wrong arguments.
trees=$SRC/tests/data/sysfs
fail() { echo "$*"; exit 1; }
field() { # CHANNEL KEY: from doc.json
	python3 -c 'import json,sys
for c in json.load(open("doc.json"))["channels"]:
    if c["name"] == sys.argv[1]: print(c[sys.argv[2]]); break
else: print("no channel", sys.argv[1])' "$1" "$2"
}
same() { [ "$1" = "$2" ] || fail "expected '$2', got '$1'"; }

"$COSTMARK" meters --json --sysfs-root "$trees/intel-2s" >doc.json 2>err || fail "meters: $(cat err)"
same "$(python3 -c 'import json; print(json.load(open("doc.json"))["schema"])')" costmark.meters/1
same "$(field psys scope)" node
same "$(field package-1 covers)" 'socket 1'
same "$(field package-1 reading)" 90000
same "$(field package-1/dram scope)" dram
same "$(field package-0 wraps_at)" 262143.328911035
same "$(field package-0 present)" True
same "$(field package-0 basis)" measured
same "$(field papi present)" False
field papi reason | grep -q recorded || fail 'papi has no reason'
field package-0 error_source | grep -q SGX || fail 'SGX is not said'

"$COSTMARK" meters --json --sysfs-root "$trees/amd-dies" >doc.json || fail 'amd-dies'
field package-0-die-3 flag | grep -q 'same reading as package-0-die-0' || fail 'mirror not flagged'
"$COSTMARK" meters --json --sysfs-root "$trees/odd" >doc.json || fail 'odd'
same "$(field package-2 status)" absent
same "$(field package-2 reading)" None
same "$(field mystery scope)" None
"$COSTMARK" meters --sysfs-root "$trees/odd" | grep -q '^mystery .*not one whose extent is known' ||
	fail 'no reason in the table'

# A counter that stands still has no watts, and says so; it is not 0 W.
"$COSTMARK" meters --watch --count 1 --sysfs-root "$trees/intel-client" >out || fail 'watch'
grep -q 'not measured: package-0: the counter did not change' out || fail "watch: $(cat out)"
"$COSTMARK" meters --watch --count 1 --json --sysfs-root "$trees/intel-client" >out || fail 'watch json'
python3 -c 'import json; r = json.load(open("out")); assert r["watts"] is None and r["reason"]' ||
	fail "watch json: $(cat out)"

# Interrupted: 130, and what was printed is whole lines.
"$COSTMARK" meters --watch --sysfs-root "$trees/intel-client" >out 2>err &
pid=$!
for _ in $(seq 100); do [ -s out ] && break; sleep 0.1; done
kill -INT $pid
wait $pid
rc=$?
[ $rc = 130 ] || fail "interrupted watch ended with $rc"
[ "$(tail -c 1 out | od -An -c | tr -d ' ')" = '\n' ] || fail 'a cut line'

# On a narrow terminal each second stays one line, cut to the width; in a pipe nothing is cut.
"$COSTMARK" meters --watch --count 2 --sysfs-root "$trees/intel-client" >out || fail 'watch in a pipe'
[ "$(wc -l <out)" = 2 ] && grep -q 'did not change' out || fail "watch in a pipe: $(cat out)"
script -qec "stty cols 44; '$COSTMARK' meters --watch --count 2 --sysfs-root '$trees/intel-client'" /dev/null >out </dev/null ||
	fail "watch on a terminal: $(cat out)"
python3 - <<'PY' || fail "watch on a terminal: $(cat out)"
lines = [l.rstrip('\r') for l in open('out', newline='\n').read().split('\n') if l.strip()]
assert len(lines) == 2 and all(len(l) == 44 and l.endswith('…') for l in lines), lines
PY
# Nobody reads on: it ends.
timeout 20 "$COSTMARK" meters --watch --sysfs-root "$trees/intel-client" | head -1 >out
[ "${PIPESTATUS[0]}" != 124 ] || fail 'watch goes on without a reader'

refuse() { # PART WORDS…
	local want=$1 got rc
	shift
	got=$("$COSTMARK" meters "$@" 2>&1 >out)
	rc=$?
	[ $rc = 2 ] || fail "meters $*: ended with $rc"
	case $got in *"$want"*) ;; *) fail "meters $*: $got" ;; esac
}
refuse 'no such folder' --sysfs-root nowhere
refuse 'takes the folder that holds it' --sysfs-root "$trees/intel-2s/sys"
refuse 'for --watch' --count 3
refuse 'whole number' --watch --count x

refuse 'no such folder' --redfish nowhere

# A management controller, from a recording: what covers what, and what is no reading.
mkdir -p bmc/redfish/v1/Chassis/M/Power
cat >bmc/redfish/v1/Chassis/M/Power/index.json <<'JSON'
{"PowerControl": [{"PowerConsumedWatts": 429, "PowerLimit": {"LimitInWatts": 348}}],
 "PowerSupplies": [{"MemberId": "1", "PowerInputWatts": 900, "PowerOutputWatts": 203, "PowerCapacityWatts": 750}]}
JSON
"$COSTMARK" meters --json --sysfs-root "$trees/odd" --redfish bmc >doc.json || fail 'redfish'
same "$(field 'M PowerControl 0' reading)" 429
same "$(field 'M PowerControl 0' scope)" node
same "$(field 'M PowerControl 0' covers)" 'this machine'
field 'M PowerControl 0' note | grep -q 'above its power limit of 348 W' || fail 'limit not noted'
same "$(field 'M supply 1 input' status)" unsupported

# A meter at the wall, by its log.
printf 'time,watts\n%s,640\n' "$(date +%s)" >wall.csv
"$COSTMARK" meters --json --sysfs-root "$trees/odd" --wall wall.csv >doc.json || fail 'wall'
same "$(field wall reading)" 640
same "$(field wall scope)" wall
printf 'time,watts\nnoon,640\n' >wall.csv
refuse "wall.csv:2:1: 'noon' is no time" --wall wall.csv

refuse 'neither --sysfs-root nor --watch' --dump x --watch
refuse 'neither --sysfs-root nor --watch' --dump x --sysfs-root "$trees/odd"
refuse 'no-such-file' --dump no-such-file
refuse 'not in a format known here' --dump "$SRC/LICENSE"
printf '<nvidia_smi_log>\n<gpu>' >cut.xml
refuse 'cut.xml:2:' --dump cut.xml

# What a vendor's tool wrote, in place of this machine.
printf 'index, pci.bus_id, power.draw [W], power.limit [W]\n0, 00000000:0A:00.0, 43.21 W, 250.00 W\n' >smi.csv
"$COSTMARK" meters --json --dump smi.csv >doc.json || fail 'dump'
same "$(field 'gpu0 power' reading)" 43.21
same "$(field 'gpu0 power' covers)" 0000:0a:00.0
field 'gpu0 power' note | grep -q 'power limit 250 W' || fail 'the limit is not said'
# Only the reader that knows the text speaks; of a text that none knows, all do.
same "$(python3 -c 'import json; print(len(json.load(open("doc.json"))["channels"]))')" 1
"$COSTMARK" meters --dump smi.csv | grep -q 'not readable' && fail 'another reader speaks of the dump'
refuse 'no output of nvidia-smi' --dump "$SRC/LICENSE"
refuse 'no output of rocm-smi or amd-smi' --dump "$SRC/LICENSE"

# Limits of power: in force, default, range, whether they may be set; and those that a meter only tells of.
mkdir -p caps/sys/class/powercap/intel-rapl:0 caps/proc
cd caps/sys/class/powercap/intel-rapl:0 || fail cd
printf 'package-0\n' >name
printf '262143328850\n' >max_energy_range_uj
printf '1000000\n' >energy_uj
printf '1\n' >enabled
printf '165000000\n' >constraint_0_power_limit_uw
printf '205000000\n' >constraint_0_max_power_uw
printf '999424\n' >constraint_0_time_window_us
cd - >/dev/null || fail cd
limit() { # NAME KEY: from doc.json
	python3 -c 'import json,sys
print([l[sys.argv[2]] for l in json.load(open("doc.json"))["limits"] if l["name"] == sys.argv[1]])' "$1" "$2"
}
"$COSTMARK" meters --json --sysfs-root caps >doc.json || fail 'limits'
same "$(limit package-0 watts)$(limit package-0 max_w)$(limit package-0 window_s)" '[165][205][0.999424]'
same "$(limit package-0 settable)$(limit package-0 default_w)" '[True][None]'
"$COSTMARK" meters --sysfs-root caps >out || fail 'limits'
grep -q '^package-0 .* 165 W  not known  up to 205 W  over 0.999 s  yes, by --power-cap$' out || fail "$(cat out)"
printf '0\n' >caps/sys/class/powercap/intel-rapl:0/enabled
"$COSTMARK" meters --sysfs-root caps | grep -q 'no: .*switched off' || fail 'a zone that is off'
"$COSTMARK" meters --json --sysfs-root "$trees/cards" >doc.json || fail 'cards'
same "$(limit 'amdgpu.10 power1 slowPPT' watts)$(limit 'amdgpu.10 power1 slowPPT' settable)" '[300][False]'

# A driver: its counter grows by 250 W; one that hangs or dies costs its own row.
mkdir -p lib
ln -sf "$SRC/$B/tests/fake/nvml_fake.so" lib/libnvidia-ml.so.1
CM_DL_PATH=$PWD/lib CM_FAKE_NVML='gpus=1;most0=700000;energy0=@250' \
	"$COSTMARK" meters --watch --count 1 --json >out || fail 'driver'
python3 -c 'import json; r = json.load(open("out")); assert r["channels"] == "gpu0 energy" and \
	r["watts_lo"] < 250 < r["watts_hi"], r' || fail "driver: $(cat out)"
CM_DL_PATH=$PWD/lib CM_FAKE_NVML='gpus=1;init=hang' "$COSTMARK" meters --json >doc.json || fail 'hang'
same "$(field nvml status)" driver
field nvml reason | grep -q 'did not answer within 4 s' || fail "hang: $(field nvml reason)"
CM_DL_PATH=$PWD/lib CM_FAKE_NVML='gpus=1;init=die' "$COSTMARK" meters --json >doc.json || fail 'die'
field nvml reason | grep -q 'died of signal 11' || fail "die: $(field nvml reason)"

# This machine: whatever it has, every absent channel says why.
"$COSTMARK" meters --json >doc.json || fail 'meters'
python3 -c 'import json
for c in json.load(open("doc.json"))["channels"]:
    assert c["present"] == (c["reason"] == ""), c' || fail 'a channel is absent without a reason'
exit 0
