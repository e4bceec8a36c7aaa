# `costmark selftest`: this machine passes; a device that computes wrong results is 5, one whose driver
# fails is 6, none at all is 3.
fail() { echo "$*"; exit 1; }
export XDG_DATA_HOME=$PWD/data
"$COSTMARK" selftest --json >doc.json 2>err
rc=$?
[ $rc = 0 ] || fail "ended with $rc: $(cat err); $(grep -B8 -A3 '"fail"' doc.json)"
[ ! -e data ] || fail 'it left a store behind'
python3 - <<'PY' || exit 1
import json
d = json.load(open('doc.json'))
assert d['schema'] == 'costmark.selftest/1'
c = d['checks']
for v in ('pass', 'absent', 'fail'):
    assert d[v] == sum(x['verdict'] == v for x in c), v
assert all(x['reason'] for x in c if x['verdict'] != 'pass')
kinds = {x['kind'] for x in c}
assert {'backend', 'kernel', 'meter'} <= kinds, kinds
host = {x['name'].split()[0] for x in c if x['kind'] == 'kernel' and x['backend'] == 'host'}
assert {'triad', 'gemm', 'spmv', 'stencil', 'reduce', 'chase', 'launch'} <= host, host
assert d['seconds'] < 400 # two minutes on a machine that does nothing else
PY
"$COSTMARK" selftest --backend null >out 2>err || fail "null alone: $(cat err)"
grep -q '^backend  *null  *pass' out && ! grep -q '^backend  *host' out || fail "table: $(cat out)"
tail -n 1 out | grep -Eq '^[0-9]+ passed, [0-9]+ absent, 0 failed in ' || fail "last line: $(tail -n 1 out)"

mkdir lib && cp "$SRC/$B/tests/fake/opencl_faults.so" lib/libOpenCL.so.1
export CM_DL_PATH=$PWD/lib
CM_FAKE=noplatform "$COSTMARK" selftest --backend opencl >out 2>err
[ $? = 3 ] && grep -q '^backend  *opencl .*absent ' out && grep -q 'no driver is' out || fail "no platform: $(cat out err)"
CM_FAKE=die "$COSTMARK" selftest --backend opencl >out 2>err
[ $? = 6 ] && grep -q '^backend  *opencl .*fail ' out && grep -q firmware out || fail "a driver that dies: $(cat out err)"
if CM_FAKE=none "$COSTMARK" devices --json | grep -q 'pthread\|cpu-'; then
	CM_FAKE=wrong "$COSTMARK" selftest --backend opencl --json >doc.json 2>err
	rc=$?
	[ $rc = 5 ] || fail "wrong results ended with $rc"
	grep -q '"status": "wrong"' doc.json || fail 'no row is wrong'
fi
exit 0
