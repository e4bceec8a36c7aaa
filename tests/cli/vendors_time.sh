# Devices by figures where less is better: times to train have a cost of a run, latencies have none; prices come from an
# imported list, with its date and place.
fail() { echo "$*"; exit 1; }
export XDG_DATA_HOME=$PWD
cat >map.yaml <<'Y'
rows:
  suite: {text: own study}
  benchmark: {column: task}
  submitter: {column: who}
  device_as_written: {column: device}
  accelerators: {column: n}
  power_w: {column: watts}
values:
  - {column: minutes, metric: time to train, unit: minute, better: lower}
  - {column: ms, metric: 'time to first token, p99', unit: ms, better: lower}
  - {column: rate, metric: throughput, unit: token/s, better: higher}
Y
cat >r.csv <<'C'
task,who,device,n,watts,minutes,ms,rate
lora,a,H100 SXM5 80GB,8,5600,30,,
lora,b,H100 SXM5 80GB,8,6400,32,,
lora,a,H200 SXM 141GB,8,,24,,
lora,a,Instinct MI300X,16,,10,,
chat,a,H100 SXM5 80GB,8,,,200,1000
chat,a,H200 SXM 141GB,8,,,250,1400
C
"$COSTMARK" import csv r.csv --map map.yaml --retrieved 2026-11-01 >out 2>err || fail "import: $(cat err)"
"$COSTMARK" prices import aws_ec2 "$SRC/tests/data/prices/aws_ec2_small.csv" --prices p.db >out 2>err || fail "prices: $(cat err)"
cat >t.yaml <<'Y'
compare: {suite: own study, benchmark: lora}
use: 50 %
devices:
  h100: {device: H100 SXM5 80GB, price: 'aws/p5.48xlarge@reserved 3y, no upfront#us-east-1'}
  h200: {device: H200 SXM 141GB, price: market/rental H200 SXM 141GB@reserved 3y}
  mi300x: {device: Instinct MI300X, price: market/rental Instinct MI300X@reserved 3y}
Y
"$COSTMARK" vendors t.yaml --prices p.db --json >t.json 2>err || fail "times: $(cat err)"
"$COSTMARK" vendors t.yaml --prices p.db >t.txt 2>err || fail "times: $(cat err)"
cat >t.py <<'PY'
import json
v = json.load(open('t.json'))
def near(a, b, what):
    if abs(a - b) > 1e-9 * abs(b): raise SystemExit(f'{what}: {a}, expected {b}')
d, p = {x['name']: x for x in v['devices']}, {(x['a'], x['b']): x for x in v['pairs']}
assert v['better'] == 'lower' and v['rate_of'] == 'system' and v['work'] == 'run'
h, k = d['h100'], d['h200']
near(h['rate']['value'], 31, 'median'); near(h['rate']['lo'], 30, 'lo'); near(h['rate']['hi'], 32, 'hi')
assert h['rate']['unit'] == 'minute'
near(h['price_hour']['value'], 24 / 8, 'imported price')     # of a node of eight
o = h['offer']
assert o['price'] == '24.0000000000' and o['term'] == 'reserved 3y, no upfront' and o['effective'] == '2026-07-01'
assert o['file'].endswith('aws_ec2_small.csv') and o['line'] == 11, o
near(h['cost_per_work']['value'], 3 * 8 * (30 + 32) / 2 / 60 / .5, 'cost of a run')
near(h['cost_per_work']['hi'], 3 * 8 * 32 / 60 / .5, 'cost of a run')
near(h['joules_per_work']['lo'], 5600 * 30 * 60, 'energy of a run'); near(h['joules_per_work']['hi'], 6400 * 32 * 60, 'energy of a run')
near(h['power']['value'], 6000 / 8, 'power of one device')
x = p['h200', 'h100']
near(x['ratio']['value'], 31 / 24, 'speed'); near(x['ratio']['lo'], 30 / 24, 'speed'); near(x['ratio']['hi'], 32 / 24, 'speed')
near(x['a_faster'], 1, 'order'); assert x['settled'] and 'a 1.250' in x['same_submitter']
near(x['a_may_cost']['value'], 31 / 24 * 3, 'indifference')
for q in (p['mi300x', 'h100'], p['mi300x', 'h200']):
    assert not q['comparable'] and 'accelerators: 16 against 8' in q['reason'], q
assert k['pareto'] and not h['pareto']
PY
python3 t.py || exit 1
grep -q 'cost of a run' t.txt && grep -q 'Less is better' t.txt && grep -q '2026-07-01' t.txt && grep -q 'small.csv:11' t.txt || fail "$(cat t.txt)"
# another number of devices is no equal term, whatever the file allows
sed 's/benchmark: lora/benchmark: lora, may_differ: [accelerators]/' t.yaml >m.yaml
"$COSTMARK" vendors m.yaml --prices p.db --json | grep -q 'accelerators: 16 against 8' || fail 'times of 8 and 16 devices were compared'
# a latency is ranked, and costs nothing by itself
sed '/mi300x/d; s/benchmark: lora/benchmark: chat, metric: "time to first token, p99"/' t.yaml >l.yaml
"$COSTMARK" vendors l.yaml --prices p.db --json >l.json 2>err || fail "latency: $(cat err)"
python3 - <<'PY' || exit 1
import json
v = json.load(open('l.json'))
p, d = v['pairs'][0], {x['name']: x for x in v['devices']}
assert p['a'] == 'h200' and abs(p['ratio']['value'] - 200 / 250) < 1e-12 and p['a_faster'] == 0, p
assert p['a_may_cost']['value'] is None and d['h100']['cost_per_work']['value'] is None
assert d['h100']['pareto'] and d['h200']['pareto']   # slower, but cheaper by the hour
PY
refuse() { # PART SED
	sed "$2" l.yaml >bad.yaml
	"$COSTMARK" vendors bad.yaml --prices p.db >out 2>err
	[ $? = 2 ] && [ ! -s out ] && grep -qF "$1" err && [ "$(wc -l <err)" = 1 ] || fail "$2: $(cat out err)"
}
refuse "say which, 'metric: " 's/, metric: [^}]*}/}/'
refuse "leave 'work' out" '1s/^/work: 1e6 token\n/'
refuse 'names 2 imported offers' 's/, no upfront//'
