# Devices at equal terms: spreads, costs and ratios recomputed here from the published file; no ratio where two
# figures must not be compared; nothing filled in.
fail() { echo "$*"; exit 1; }
D=$SRC/../shared/data
[ -d "$D/mlperf" ] || { echo 'the shared data is not beside the tree'; exit 77; }
export XDG_DATA_HOME=$PWD
S=$D/mlperf/inference-v5.1/summary_results.json
E=$SRC/examples/vendors/llama2-70b.yaml
"$COSTMARK" vendors "$E" >out 2>err
[ $? = 3 ] && grep -q 'no published result' err || fail "an empty store: $(cat err)"
"$COSTMARK" import mlperf "$S" --retrieved 2025-09-09 >out 2>err || fail "$(cat err)"
"$COSTMARK" vendors "$E" >text 2>err || fail "$(cat err)"
"$COSTMARK" vendors "$E" --json >v.json 2>err || fail "$(cat err)"
grep -q 'not official MLPerf metrics' text || fail 'no trade mark sentence'
grep -q 'retrieved 2025-09-09' text || fail 'no footnote with its date'
cat >terms.py <<'PY'
import json, sys, statistics
S, v = json.load(open(sys.argv[1])), json.load(open('v.json'))
assert v['schema'] == 'costmark.vendors/1', v['schema']
text = {'h200': 'NVIDIA H200-SXM-141GB', 'mi325x': 'AMD Instinct MI325X 256GB HBM3e', 'mi300x': 'AMD Instinct MI300X 192GB HBM3',
        'b200': 'NVIDIA B200-SXM-180GB'}
price = {'h200': 1.60, 'mi325x': 1.80, 'mi300x': 1.55, 'b200': 2.90}
def near(a, b, what):
    if abs(a - b) > 1e-9 * abs(b): raise SystemExit(f'{what}: {a}, expected {b}')
each = {}
for n, t in text.items():
    each[n] = [r['Performance_Result'] / 8 for r in S if r['Accelerator'] == t and r['Model'] == 'llama2-70b-99.9' and r['Scenario'] == 'Server'
               and r['Category'] == 'closed' and r['Suite'] == 'datacenter' and r['Availability'] == 'available' and r['a#'] * r['Nodes'] == 8]
dev = {d['name']: d for d in v['devices']}
assert {n: len(e) for n, e in each.items()} == {'h200': 7, 'mi325x': 8, 'mi300x': 4, 'b200': 11}, each
for n, e in each.items():
    d = dev[n]; m = statistics.median(e)
    near(d['rate']['value'], m, n); near(d['rate']['lo'], min(e), n); near(d['rate']['hi'], max(e), n)
    assert d['rate']['n'] == len(e) and d['rate']['basis'] == 'published' and d['price_hour']['basis'] == 'published'
    near(d['cost_per_work']['value'], price[n] / 3600 * 1e6 / m / 0.7, n + ' cost')
    near(d['cost_per_work']['hi'], price[n] / 3600 * 1e6 / min(e) / 0.7, n + ' cost')
b = dev['b200']                                        # 5.1-0061 alone has power
near(b['power']['value'], 10434.706455542 / 8, 'power'); near(b['joules_per_work']['value'], 10434.706455542 / 99203.9 * 1e6, 'energy')
for n in ('h200', 'mi325x', 'mi300x'):
    assert dev[n]['power']['value'] is None and dev[n]['power_from'] == 'no official power', dev[n]['power']
assert dev['l40s']['rate']['value'] is None and dev['l40s']['board_power']['basis'] == 'listed'
pair = {(p['a'], p['b']): p for p in v['pairs']}
p = pair['mi325x', 'h200']
near(p['ratio']['value'], dev['mi325x']['rate']['value'] / dev['h200']['rate']['value'], 'ratio')
near(p['ratio']['lo'], min(each['mi325x']) / max(each['h200']), 'ratio'); near(p['a_may_cost']['value'], p['ratio']['value'] * 1.6, 'indifference')
wins = [(x > y) + (x == y) / 2 for x in each['mi325x'] for y in each['h200']]
near(p['a_faster'], sum(wins) / len(wins), 'order'); assert p['settled'] is False and 'ASUSTeK 1.076' in p['same_submitter'], p
assert pair['mi300x', 'h200']['settled'] and pair['mi300x', 'h200']['a_faster'] == 0
for k in (('b200', 'h200'), ('b200', 'mi325x')):
    assert not pair[k]['comparable'] and 'precision: fp4 against fp8' in pair[k]['reason'] and pair[k]['ratio']['value'] is None, pair[k]
assert any('L40S: a price' == m for m in v['missing']) and any('5.1-0007' in n and '12 % below' in n for n in v['notes'])
assert dev['h200']['pareto'] and not dev['mi300x']['pareto']
PY
python3 terms.py "$S" || exit 1

# Other rows of the same benchmark: -99 and -99.9 of one run are one observation, Open is not Closed, 16 are not 8.
vary() { sed "$1" "$E" >s.yaml; "$COSTMARK" vendors s.yaml --json >w.json 2>err || fail "$1: $(cat err)"; }
vary 's/^  accelerators: 8$//'
grep -q 'accelerators: .*16.* against' w.json || fail 'different numbers of devices were compared'
vary 's/^  division: closed$//; s/^  availability.*//'
grep -q 'division: ' w.json || fail 'two divisions were compared'
vary 's/^  availability: available/  may_differ: [precision]/'
grep -q '"comparable": true' w.json && grep -q 'precision differs, as the file allows' w.json || fail 'may_differ was not taken'
vary 's/^use: .*/power: tdp/'
grep -q '"basis": "modelled"' w.json || fail 'board power in place of power is not modelled'
cat >one.yaml <<'Y'
compare: {suite: MLPerf Inference, benchmark: llama2-70b-99, scenario: Offline, division: closed}
devices:
  b200: {device: B200 SXM, accelerators: 8}
  two: {device: B200 SXM, as: NVIDIA GB200}
Y
"$COSTMARK" vendors one.yaml --json >w.json 2>err || fail "$(cat err)"
refuse() { # PART SED
	sed "$2" "$E" >bad.yaml
	"$COSTMARK" vendors bad.yaml >out 2>err
	[ $? = 2 ] && [ ! -s out ] && grep -qF "$1" err && [ "$(wc -l <err)" = 1 ] || fail "$2: $(cat out err)"
}
refuse "did you mean 'benchmark'" 's/^  benchmark:/  benchmrk:/'
refuse "unknown device 'H20O SXM 141GB' (did you mean" 's/h200: {device: H200/h200: {device: H20O/'
refuse 'is a price of H200 SXM 141GB, not of B200 SXM' 's/price: market\/rental B200 SXM/price: market\/rental H200 SXM 141GB/'
refuse "never compared" 's/^  availability: available/  may_differ: [benchmark]/'
refuse 'does not go with results in' 's/^work: 1e6 token/work: 3 kg/'
refuse 'up to 100 %' 's/^use: 70 %/use: 170 %/'
refuse "expected the name of one of the devices" 's/^baseline: h200/baseline: h100/'
refuse 'two or more' '/^  mi325x\|^  mi300x\|^  b200\|^  l40s/d'
