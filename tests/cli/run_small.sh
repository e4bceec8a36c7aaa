# `costmark run` on every backend that is here: the JSON document, the store, tags and filters, the order
# by seed, and what a recorded machine's meters say.
fail() { echo "$*"; exit 1; }
export XDG_DATA_HOME=$PWD/data
run() { "$COSTMARK" run --store s.db --launches 2 --budget 1s --ci 5% "$@"; }
fine() { [ "$1" = 0 ] || [ "$1" = 4 ] || fail "$2 ended with $1: $(cat err)"; } # 4: this machine is busy

run --kernel triad --kernel launch --size 4096 --tag first --seed 7 --json >doc.json 2>err
fine $? 'a small run'
[ ! -e data ] || fail 'the default store was touched'
python3 - <<'PY' || exit 1
import json
d = json.load(open('doc.json'))
assert d['schema'] == 'costmark.run/1', d['schema']
backends = {r['backend'] for r in d['rows']}
assert {'host', 'null'} <= backends, backends
for r in d['rows']:
    for k in ('kernel variant type size backend device launches samples median lo hi unit flops bytes '
              'roofline_share joules joules_basis verified trusted basis').split():
        assert k in r, (k, r)
    assert r['status'] == 'ok' and r['launches'] == 2 and r['samples'] >= 2, r
    assert r['size'] == 4096 and r['tag'] == 'first' and r['run'] == d['run'] and r['basis'] == 'measured'
    assert r['lo'] <= r['median'] <= r['hi'] and r['median'] > 0, r
    # null does nothing, so there is nothing to verify and it must never look like work
    assert r['verified'] == (r['backend'] != 'null'), r
    assert (r['joules'] is None) == bool(r['joules_missing']), r
triad = [r for r in d['rows'] if r['kernel'] == 'triad']
assert triad and all(r['backend'] != 'null' for r in triad)
assert all(r['flops'] == 2 * 4096 and r['bytes'] == 24 * 4096 and r['unit'] == 'GB/s' for r in triad)
PY
grep -q . err && grep -qv '^costmark:' err && fail "noise on standard error: $(cat err)"

# The store gives the same rows, by tag, kernel, backend, device and run.
count() { # WANTED WORDS…
	local want=$1 got
	shift
	got=$("$COSTMARK" results --store s.db --json "$@" | python3 -c 'import json,sys
d = json.load(sys.stdin); assert d["schema"] == "costmark.results/1"; print(len(d["rows"]))') || fail "results $*"
	[ "$got" = "$want" ] || fail "results $*: $got rows, not $want"
}
rows() { python3 -c 'import json,sys
print(sum(eval(sys.argv[1]) for r in json.load(open("doc.json"))["rows"]))' "$1"; }
run --kernel scale --backend host --size 512 --tag second >out 2>err
fine $? 'a second run'
all=$(rows True)
count $((all + 1))
count "$all" --tag first
count 1 --tag second
count 1 --kernel scale
count "$(($(rows 'r["group"] == "stream"') + 1))" --kernel stream
count 1 --backend null
count "$(rows 'r["kernel"] == "launch"')" --kernel launch --tag first
count 1 --device NULL
count "$all" --run "$(python3 -c 'import json; print(json.load(open("doc.json"))["run"])')"
"$COSTMARK" results --store s.db --tag third >out 2>err
[ $? = 3 ] && [ ! -s out ] || fail "an unknown tag ended otherwise: $(cat out err)"
"$COSTMARK" results --store s.db --kernel laumch >out 2>err
[ $? = 2 ] && grep -q "did you mean 'launch'" err || fail "no suggestion: $(cat err)"

# A newer run of a cell stands in its place, with the older one kept.
run --kernel scale --backend host --size 512 --tag third >out 2>err
count $((all + 1))
count 1 --tag second

# The order is the seed's; so are the data, which the launches' own seeds draw.
dry() { "$COSTMARK" run --dry-run --json "$@" | python3 -c 'import json,sys; print(json.load(sys.stdin)["order"])'; }
[ "$(dry --seed 1)" = "$(dry --seed 1)" ] || fail 'the same seed gave two orders'
[ "$(dry --seed 1)" != "$(dry --seed 2)" ] || fail 'two seeds gave one order'
"$COSTMARK" run --dry-run --json >plan.json || fail 'dry run'
python3 - <<'PY' || exit 1
import json
p = json.load(open('plan.json'))
assert p['schema'] == 'costmark.plan/1'
assert p['budget_s'] <= 60 and len(p['rows']) >= 20, (p['budget_s'], len(p['rows']))
n, each = len(p['rows']), p['launches_each']
runs = [i for i, r in enumerate(p['rows']) if r['status'] == 'ok']
for k in range(each): # interleaved: each round holds every row once
    assert sorted(p['order'][k * len(runs):(k + 1) * len(runs)]) == runs, k
PY

# A recorded machine's meters and facts, on this machine's processor.
"$COSTMARK" run --store r.db --kernel scale --backend host --size 4096 --launches 1 --budget 1s --json \
	--sysfs-root "$SRC/tests/data/sysfs/intel-2s" >doc.json 2>err
fine $? 'a run with recorded meters'
python3 - <<'PY' || exit 1
import json
r, = json.load(open('doc.json'))['rows']
assert r['joules'] is None and 'package-0' in r['joules_missing'], r['joules_missing']
assert r['lo'] is None and r['hi'] is None and r['launches'] == 1 # one launch knows no spread between launches
PY
exit 0
