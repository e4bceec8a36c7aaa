# What a scenario leaves open is found: device equivalents, a fixed requirement, the time to replace. The
# worked examples come out as their `expect:` says, and the document holds the searches' curves.
fail() { echo "$*"; exit 1; }
export COSTMARK_DATA=$SRC
for e in h100-equivalents robots-in-a-factory growing-appetite base-and-peaks; do
	"$COSTMARK" tco "$SRC/examples/$e.yaml" --samples 500 >$e.out 2>err || fail "$e: $(cat err; grep '^  NO' $e.out)"
	grep -q '^  ok ' $e.out || fail "$e expects nothing"
	"$COSTMARK" tco "$SRC/examples/$e.yaml" --json --samples 0 >$e.json || fail "$e --json"
done
grep -q 'A cloud region is left out: its latency is above the limit' robots-in-a-factory.out ||
	fail "the cloud is not left out for its latency: $(cat robots-in-a-factory.out)"
grep -q 'worth 101 (.*) of H100 SXM, the geometric mean over 4 workloads' h100-equivalents.out ||
	fail "the fleet is not counted: $(head -n 4 h100-equivalents.out)"
python3 - <<'PY' || exit 1
import json, math
eq = json.load(open('h100-equivalents.json'))['decisions']['equivalents']
assert eq['unit'] == 'H100 SXM'
fleet = {r['workload']: r['units'] for r in eq['rows'] if r['device'] == ''}
assert len(fleet) == 5
works = [v['value'] for k, v in fleet.items() if k]
assert abs(fleet['']['value'] - math.exp(sum(map(math.log, works)) / 4)) < 1e-9
for r in eq['rows']:
    assert r['units']['lo'] <= r['units']['value'] <= r['units']['hi']
    assert r['units']['basis'] == 'published' and r['each']['value'] > 0
d = json.load(open('growing-appetite.json'))
c = d['decisions']['choices'][0]
assert c['option'] == 'best' and c['input'] == 'keep' and c['values'] == list(range(6, 97, 6))
assert c['cost']['value'] == min(c['costs']) == c['costs'][c['values'].index(c['at']['value'])]
# kept for 60 months it is the option that is replaced every five years
five = next(o for o in d['options'] if o['name'] == 'five_years')
assert abs(c['costs'][c['values'].index(60)] / five['npv']['value'] - 1) < 1e-12
r = json.load(open('robots-in-a-factory.json'))
asked = [x for x in r['decisions']['indifference'] if x['kind'] == 'input']
assert {x['input'] for x in asked} == {'users', 'user_rate'}
few = [x['at']['value'] for x in asked if x['input'] == 'user_rate' and x['at']['value'] is not None]
assert few and min(few) < 100, few # few frames a robot: the pool shares what each device leaves idle
changes = r['decisions']['ranking_changes']
assert any(x['then'] == 'pool' and x['input'] == 'user_rate' and x['jump'] for x in changes)
PY
# draws: what is asked for, the same again by the same seed, none when none are asked for
for n in 1 2; do
	"$COSTMARK" tco "$SRC/examples/growing-appetite.yaml" --samples 700 --seed 5 --json >draws$n.json || fail draws
done
cmp -s draws1.json draws2.json || fail "the same seed gives other draws"
python3 - <<'PY' || exit 1
import json
u = json.load(open('draws1.json'))['decisions']['uncertainty']
assert u['samples'] == 700 and u['seed'] == 5 and u['no_option'] == 0
assert abs(sum(o['cheapest'] for o in u['options']) - 1) < 1e-12
for o in u['options']:
    assert o['regret'] >= 0 and o['cheapest_se'] >= 0
    assert o['npv']['p5'] <= o['npv']['p50'] <= o['npv']['p95']
assert u['sobol']['inputs'] and all(x['total'] >= 0 for x in u['sobol']['inputs'])
assert 'uncertainty' not in json.load(open('growing-appetite.json'))['decisions']
PY
# the least hardware is the least cost of those that meet the requirement, not the least cost of a unit
cat >least.yaml <<'Y'
work: token
horizon: 36 month
requirement: {rate: 1000 token/s, headroom: 20 %, memory: 140 GB, quality: 70}
inputs: {staff_year: 0 USD/year, power_price: 0.1 USD/kWh, facility_opex: 40 USD/kW/month}
options:
  big:
    kind: own
    inputs: {server_price: 300000 USD, throughput: 30000 token/s, power_load: 10 kW, memory: 640 GB, quality: 80}
    choose: {servers: 1..9 step 1}
  small:
    kind: own
    inputs: {server_price: 52000 USD, throughput: 1469 token/s, power_load: 2.5 kW, memory: 192 GB, quality: 75}
    choose: {servers: 1..9 step 1}
  tight:
    kind: own
    inputs: {server_price: 5000 USD, throughput: 1469 token/s, power_load: 1 kW, memory: 96 GB, quality: 75}
    choose: {servers: 1..9 step 1}
  dull: {kind: api, inputs: {price_in: 1 USD/(1e6 token), price_out: 1 USD/(1e6 token), memory: 1 TB, quality: 60}}
Y
"$COSTMARK" tco least.yaml --json >least.json || fail "least.yaml ended with $?"
python3 - <<'PY' || exit 1
import json
d = json.load(open('least.json'))
o = {x['name']: x for x in d['options']}
assert d['decisions']['cheapest']['option'] == 'small'
n = {c['option']: c['at']['value'] for c in d['decisions']['choices']}
assert n['small'] == 1 and n['big'] == 1 and n['tight'] is None, n
assert 'memory is too small' in o['tight']['excluded_why'], o['tight']['excluded_why']
assert 'quality score is below' in o['dull']['excluded_why'], o['dull']['excluded_why']
PY
