# An input that is a published result: median and spread of its rows, of one device or the system, and what refuses.
fail() { echo "$*"; exit 1; }
D=$SRC/../shared/data
[ -d "$D/mlperf" ] || { echo 'the shared data is not beside the tree'; exit 77; }
export XDG_DATA_HOME=$PWD
cat >s.yaml <<'Y'
title: One H200 node for tokens
currency: USD
work: 1e6 token
horizon: 12 month
inputs:
  use: 50 %
  peak_rate: 30000 token/s
  staff_year: 0 USD/year
options:
  rent:
    kind: rent
    inputs:
      price_hour: 20 USD/h
      throughput:
        published: {suite: MLPerf Inference, round: v5.1, benchmark: llama2-70b-99.9, scenario: Server, division: closed,
                    device: H200 SXM 141GB, accelerators: 8}
        times: 8
  power:
    kind: rent
    inputs:
      price_hour: 40 USD/h
      throughput:
        published: {benchmark: llama2-70b-99.9, scenario: Server, id: 5.1-0061, per: system}
Y
"$COSTMARK" tco s.yaml >out 2>err
[ $? = 2 ] && grep -q "no published result of that kind.*give 'otherwise" err || fail "an empty store: $(cat err)"
"$COSTMARK" import mlperf "$D/mlperf/inference-v5.1/summary_results.json" >out 2>err || fail "$(cat err)"
"$COSTMARK" tco s.yaml --json >tco.json 2>err || fail "$(cat err)"
"$COSTMARK" explain s.yaml rent.throughput >why 2>err || fail "$(cat err)"
grep -q '7 rows (5.1-0007 ASUSTeK' why && grep -q 'of one device (derived)' why && grep -q 'trade mark of MLCommons' why ||
	fail "explain does not tell the rows: $(cat why)"
python3 - "$D/mlperf/inference-v5.1/summary_results.json" <<'PY' || exit 1
import json, statistics, sys
S, t = json.load(open(sys.argv[1])), json.load(open('tco.json'))
e = [r['Performance_Result'] for r in S if r['Accelerator'] == 'NVIDIA H200-SXM-141GB' and r['Model'] == 'llama2-70b-99.9'
     and r['Scenario'] == 'Server' and r['Category'] == 'closed' and r['a#'] * r['Nodes'] == 8]
i = t['inputs']
flat = json.dumps(t)
def find(o, name, option):
    if isinstance(o, dict):
        if o.get('name') == name and o.get('option') == option: return o
        o = list(o.values())
    if isinstance(o, list):
        for x in o:
            r = find(x, name, option)
            if r: return r
r = find(t, 'throughput', 'rent') or (i.get('rent.throughput') if isinstance(i, dict) else None)
assert r, flat[:2000]
f = r.get('figure', r)
want = statistics.median(e)
scale = f['value'] / want
assert abs(scale - 1) < 1e-9 or abs(scale * 1e6 - 1) < 1e-9, (f, want)
assert f['basis'] == 'published' and f['lo'] < f['value'] < f['hi'] and f['lo'] / scale >= min(e) and f['hi'] / scale <= max(e), f
PY
refuse() { # PART SED
	sed "$2" s.yaml >bad.yaml
	"$COSTMARK" tco bad.yaml >out 2>err
	[ $? = 2 ] && grep -q "$1" err && grep -q '^costmark: bad.yaml:[0-9]*:[0-9]*: ' err && [ "$(wc -l <err)" = 1 ] || fail "$2: $(cat err)"
}
refuse "of different accelerators: .*; add 'accelerators: " 's/, accelerators: 8//'
refuse "of different scenario: .*; add 'scenario: " 's/scenario: Server, division/division/'
refuse "did you mean 'benchmark'" 's/benchmark: llama2-70b-99.9, scenario: Server, division/benchmrk: x, division/'
refuse "unknown device 'H201 SXM 141GB'" 's/device: H200/device: H201/'
refuse 'expected a map' 's/published: {benchmark.*/published: llama2/'
refuse 'expected device or system' 's/per: system/per: rack/'
refuse 'expected a value in' 's/benchmark: llama2-70b-99.9, scenario: Server, id: 5.1-0061/benchmark: whisper, scenario: Offline, id: 5.1-0061/'
sed 's/llama2-70b-99.9, scenario: Server, id: 5.1-0061, per: system}/nothing}\n        otherwise: 5000 token\/s/' s.yaml >other.yaml
"$COSTMARK" tco other.yaml >out 2>err || fail "otherwise: $(cat err)"
grep -q "is not published (the store has no published result of that kind" out || fail "what stands in is not told: $(cat out)"
