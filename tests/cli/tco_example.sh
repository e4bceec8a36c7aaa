# The example on the shipped tables: table and JSON document, with an empty store.
fail() { echo "$*"; exit 1; }
export COSTMARK_DATA=$SRC
s=$SRC/examples/own-or-rent.yaml
"$COSTMARK" tco "$s" >out 2>err || fail "ended with $?: $(cat err)"
[ ! -s err ] || fail "printed on standard error: $(cat err)"
grep -q 'costs least: ' out || fail "no verdict: $(cat out)"
grep -q '^Status: ESTIMATE' out || fail "assumptions, but no ESTIMATE"
grep -q '% utilisation' out || fail "no break-even utilisation"
"$COSTMARK" tco "$s" --json >out.json || fail "--json ended with $?"
python3 - <<'PY' || exit 1
import json
d = json.load(open('out.json'))
assert d['schema'] == 'costmark.tco/1', d['schema']
o = d['options']
assert [x['npv']['value'] for x in o] == sorted(x['npv']['value'] for x in o)
for x in o:
    for f in ('npv', 'cost_per_unit', 'total', 'capex', 'opex_month'):
        assert set(x[f]) >= {'value', 'lo', 'hi', 'unit', 'basis'}, (x['name'], f, x[f])
        assert x[f]['lo'] <= x[f]['value'] <= x[f]['hi']
    total = sum(l['total']['value'] for l in x['lines'].values())
    assert abs(total - x['total']['value']) <= 1e-9 * abs(total), x['name']
    pv = sum(l['present_value']['value'] for l in x['lines'].values())
    assert abs(pv - x['npv']['value']) <= 1e-9 * abs(pv), x['name']
    assert abs(sum(x['cash']) - total) <= 1e-9 * abs(total), x['name']
    for l in x['lines'].values():
        assert abs(sum(l['by_year']) - l['total']['value']) <= 1e-6 + 1e-9 * abs(total)
assert d['decisions']['cheapest']['option'] == o[0]['name']
assert any(b['kind'] == 'utilisation' and b['at']['value'] for b in d['decisions']['break_even'])
assert d['decisions']['tornado'] and d['inputs']['use']['value'] == 60
PY
