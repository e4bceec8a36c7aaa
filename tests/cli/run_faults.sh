# Drivers that fail, by a library that stands before the machine's own OpenCL and spoils one thing. Each
# becomes a row with its reason, the other devices are measured, and the exit code says which it was.
fail() { echo "$*"; exit 1; }
mkdir -p lib
cp "$SRC/$B/tests/fake/opencl_faults.so" lib/libOpenCL.so.1
export CM_DL_PATH=$PWD/lib
if ! CM_FAKE=none "$COSTMARK" devices --json | grep -q '"class": "cpu"\|pthread\|cpu-'; then
	echo 'no OpenCL device is on this machine'
	exit 77
fi
try() { # FAULT CODE STATUS REASON-PART WORDS…
	local fault=$1 code=$2 status=$3 reason=$4 rc
	shift 4
	rm -f f.db*
	CM_FAKE=$fault "$COSTMARK" run --store f.db --kernel triad --size 4096 --launches 1 --budget 1s --json "$@" >doc.json 2>err
	rc=$?
	# An otherwise clean run may end with 4: this machine is busy.
	[ $rc = "$code" ] || { [ "$code" = 0 ] && [ $rc = 4 ]; } || fail "$fault: ended with $rc, not $code: $(cat err)"
	python3 - "$fault" "$status" "$reason" <<'PY' || exit 1
import json, sys
fault, status, reason = sys.argv[1:]
rows = json.load(open('doc.json'))['rows']
host = [r for r in rows if r['backend'] == 'host']
assert len(host) == 1 and host[0]['status'] == 'ok' and host[0]['verified'] and host[0]['launches'] == 1, host
cl = [r for r in rows if r['backend'] == 'opencl']
if status == 'none':
    assert not cl, (fault, cl)
    sys.exit()
assert cl, (fault, rows)
for r in cl:
    assert r['status'] == status, (fault, r['status'], r['reason'])
    assert reason in r['reason'], (fault, r['reason'])
    if status == 'ok':
        assert r['verified'] and r['median'] > 0, (fault, r)
    else: # never a figure
        assert r['median'] is None and not r['verified'] and r['missing'] and r['roofline_share'] is None, (fault, r)
PY
}
try none       0 ok ''
try wrong      5 wrong 'element 2048 of 4096'
try late       5 wrong 'element 2048 of 4096'
try build      6 driver "error: unknown type name 'made_up'"
try launch     6 driver 'clEnqueueNDRangeKernel(triad) failed with OpenCL error -5'
try crash      6 driver 'signal 11'
try abort      6 driver 'LLVM ERROR: Cannot select'
try hang       6 driver 'said nothing for' --timeout 3s
try die        6 driver "cannot map the firmware's table"
try broken     6 driver 'clGetDeviceIDs failed with OpenCL error -5'
try memory     0 unsupported 'no device memory'
try nodevice   0 none ''
try noplatform 0 none ''
try twins      0 ok ''
[ "$(python3 -c 'import json
print(len({r["device"] for r in json.load(open("doc.json"))["rows"] if r["backend"] == "opencl"}))')" = 2 ] ||
	fail 'two devices of one name share a row'
# A driver whose timer is wrong is timed by the clock: below what any processor here can read.
try timer      0 ok ''
python3 - <<'PY' || exit 1
import json
r, = [r for r in json.load(open('doc.json'))['rows'] if r['backend'] == 'opencl']
assert r['time_ns'] < 1e9, r['time_ns'] # the timer said eleven days
PY

# A device that hung is left alone: its other rows say why, and the run does not wait for each.
CM_FAKE=hang "$COSTMARK" run --store h.db --kernel stream --size 4096 --launches 1 --budget 1s --timeout 3s --json >doc.json 2>err
[ $? = 6 ] || fail "hang: $(cat err)"
python3 - <<'PY' || exit 1
import json
rows = [r for r in json.load(open('doc.json'))['rows'] if r['backend'] == 'opencl']
assert len(rows) == 4 and all(r['status'] == 'driver' for r in rows), rows
assert sum('not tried' in r['reason'] for r in rows) == 3, [r['reason'] for r in rows]
PY

# Only that device asked for: nothing was measured, and the reason is the driver's.
CM_FAKE=nodevice "$COSTMARK" run --backend opencl --kernel triad >out 2>err
[ $? = 3 ] && grep -q 'none has a device' err || fail "nodevice alone: $(cat err)"
CM_FAKE=noplatform "$COSTMARK" run --backend opencl --kernel triad >out 2>err
[ $? = 3 ] && grep -q 'no driver is installed' err || fail "noplatform alone: $(cat err)"

# The list of devices says the same, and ends well: it is a list of facts.
CM_FAKE=die "$COSTMARK" devices --json >doc.json 2>err || fail 'devices'
python3 - <<'PY' || exit 1
import json
d = json.load(open('doc.json'))
b, = [b for b in d['backends'] if b['name'] == 'opencl']
assert not b['present'] and "firmware's table" in b['reason'], b
assert any(b['name'] == 'host' and b['present'] for b in d['backends'])
PY
# Where a card sits, by each of three extensions: meters know it by that address.
for at in card=0000:41:00.1 nvcard=0001:c1:02.1 amdcard=0000:83:00.0; do
	CM_FAKE=${at%%=*} "$COSTMARK" devices --json >doc.json 2>err || fail "${at%%=*}: $(cat err)"
	grep -q "\"location\": \"${at#*=}\"" doc.json || fail "${at%%=*}: no ${at#*=} in $(grep location doc.json)"
done
exit 0
