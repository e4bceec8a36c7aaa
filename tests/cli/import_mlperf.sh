# MLPerf Inference: the shared files read, their logs recomputed, the traps that the research page names.
fail() { echo "$*"; exit 1; }
D=$SRC/../shared/data
[ -d "$D/mlperf" ] || { echo 'the shared data is not beside the tree'; exit 77; }
export XDG_DATA_HOME=$PWD
imp() { "$COSTMARK" import mlperf "$@" --source here --retrieved 2026-03-01 --json >report.json 2>err || fail "import $*: $(cat err)"; }
imp "$D/mlperf/inference-v5.1/summary_results.json"
cp report.json summary.json
imp "$D/mlperf/inference-v5.1" "$D/mlperf/inference-v2.1"
cp report.json tree.json
imp "$D/mlperf/inference-v5.1" "$D/mlperf/inference-v2.1"
cp report.json again.json
# The time zones of the Orin run (0 and 25200 s) must not move its window: rounds after v1.0 log UTC.
mkdir -p zone/inference-v2.1 && cp -r "$D"/mlperf/inference-v2.1/closed zone/inference-v2.1/ && chmod -R u+w zone
cp -r "$D"/published/mlperf-inference-v2.1-power-timezone/closed zone/inference-v2.1/
chmod -R u+w zone
imp zone && cp report.json zone.json
# The same in a round of local times: the offsets count, and there the window holds no sample.
mv zone/inference-v2.1 zone/inference-v1.0
"$COSTMARK" import mlperf zone --store old.db >out 2>err || fail "round 1.0: $(cat err)"
"$COSTMARK" results --published --store old.db --json >old.json || fail 'no rows of round 1.0'
# A log that contradicts what was published costs its row, not the file.
mkdir -p bad/inference-v5.1 && cp -r "$D"/mlperf/inference-v5.1/* bad/inference-v5.1/ && chmod -R u+w bad
sed -i 's/"Performance_Result": 102909.0/"Performance_Result": 103909.0/' bad/inference-v5.1/summary_results.json
"$COSTMARK" import mlperf bad --store bad.db --json >bad.json 2>err || fail "contradiction: $(cat err)"
"$COSTMARK" results --published --json >rows.json 2>err || fail "listing: $(cat err)"
"$COSTMARK" results --published b200 llama2-70b-99.9 server >text 2>note || fail "filter: $(cat note)"
grep -q 'registered trade mark of MLCommons' text || fail 'the owner is not named'
python3 - <<'PY' || exit 1
import json
L = lambda f: json.load(open(f))
def eq(a, b, what):
    if a != b: raise SystemExit(f'{what}: {a}, expected {b}')
s, t, g, z = L('summary.json'), L('tree.json'), L('again.json'), L('zone.json')
eq((s['rows'], s['new'], s['refused'], s['unknown_columns']), (1448, 1448, [], []), 'summary')
eq((t['rows'], t['files'], t['new'], t['replaced']), (1453, 2, 31, 26), 'tree')
eq((g['new'], g['known'], g['replaced']), (0, 1453, 0), 'the same files again')
eq([r['rows'] for r in t['refused'] if 'compliance' in r['reason']], [18], 'compliance runs')
rows = L('rows.json')['published']
eq(len(rows), 1453, 'rows in the store')
eq({r['basis'] for r in rows}, {'published'}, 'basis')
def one(**k):
    hit = [r for r in rows if all(r[a] == b for a, b in k.items())]
    if len(hit) != 1: raise SystemExit(f'{k}: {len(hit)} rows')
    return hit[0]
# by hand from summary_results.json and the tables of vendor_comparison.md, section 5
for i, bench, sc, value, n, prec in [
        ('5.1-0066', 'llama2-70b-99.9', 'Offline', '27854.4', '8', 'fp8'),
        ('5.1-0016', 'llama2-70b-99.9', 'Offline', '124879', '32', 'fp8'),
        ('5.1-0070', 'llama2-70b-99.9', 'Offline', '51736.9', '4', 'fp4'),
        ('5.1-0056', 'llama2-70b-99.9', 'Server', '2110.05', '4', 'uint4'),
        ('5.1-0071', 'llama3.1-405b', 'Server', '11614.3', '72', 'fp4'),
        ('5.1-0072', 'llama3.1-405b', 'Offline', '16104.1', '72', 'fp4'),
        ('5.1-0049', 'mixtral-8x7b', 'Server', '60955.1', '8', 'fp8'),
        ('5.1-0004', 'stable-diffusion-xl', 'Offline', '18.5856', '8', 'mixed: fp16, fp8, int8'),
        ('5.1-0046', 'llama2-70b-99.9', 'Interactive', '62851.2', '8', 'fp4'),
        ('5.1-0105', 'llama2-70b-99.9', 'Offline', '648248', '64', 'mxfp4')]:
    r = one(id=i, benchmark=bench, scenario=sc)
    eq((r['value'], r['accelerators'], r['precision']), (value, n, prec), i)
eq(one(id='5.1-0056', benchmark='llama2-70b-99.9', scenario='Server')['devices'], '8', 'four boards of two devices')
# 5.1-0061: the power window, and -99 = -99.9 as one run
r = one(id='5.1-0061', benchmark='llama2-70b-99', scenario='Offline')
assert '10400.998879342547 W mean of 2677 samples inside 2676.184 s (2991 lines)' in r['recomputed'], r['recomputed']
eq(r['same_run'], one(id='5.1-0061', benchmark='llama2-70b-99.9', scenario='Offline')['same_run'], 'one run, two rows')
eq(r['same_run'], '5.1-0061/llama2-70b/Offline', 'the run')
# 5.1-0373: three rows of one run, energy per stream is no power
trio = [r for r in rows if r['id'] == '5.1-0373' and 'mobilenet-v1-precision_float-1.0-224' in r['model_run'] and r['recomputed']]
eq(len(trio), 3, '5.1-0373'); eq(len({r['same_run'] for r in trio}), 1, 'one run')
by = {r['scenario']: r for r in trio}
eq((by['SingleStream']['energy'], by['SingleStream']['power_w'], by['SingleStream']['energy_unit']), ('329.1075441106', None, 'mJ/stream'), 'energy')
assert '329.1075441105' in by['SingleStream']['recomputed'] and '2632.86035288' in by['MultiStream']['recomputed']
assert '12.038866 ms by the log' in by['SingleStream']['recomputed'] and '96.9084 ms' in by['MultiStream']['recomputed']
eq(by['Offline']['power_w'], '27.4726166667', 'watts')
# parts counted in the text; a mixture has a total and no device
for i, n in (('5.1-0065', '48'), ('5.1-0091', '24')):
    for r in rows:
        if r['id'] == i:
            eq((r['accelerators'], r['device']), (n, None), i); assert 'several kinds' in r['notes']
for r in rows:
    if r['id'] == '5.1-0082': eq(r['accelerators'], '1', 'part of a machine'); assert '1 GPU used' in r['notes']
# Server above Offline is kept as it was published
eq([one(id='5.1-0022', benchmark='stable-diffusion-xl', scenario=s)['value'] for s in ('Server', 'Offline')], ['5.9027', '5.52041'], '5.1-0022')
eq(sum(r['availability'] == 'preview' for r in rows), 2, 'previews'); eq(sum(r['id'] == '5.1-0097' and r['availability'] == 'preview' for r in rows), 2, '5.1-0097')
eq({r['division'] for r in rows if r['id'] and '5.1-0098' <= r['id'] <= '5.1-0105'}, {'open'}, 'Open only')
eq(sum(bool(r['power_w']) for r in rows if r['round'] == 'v5.1'), 16, 'rows with watts')
eq(sum(bool(r['energy']) for r in rows if r['round'] == 'v5.1'), 8, 'rows with energy')
# an Interactive run's log says Server; a summary log alone prints few digits
assert one(id='5.1-0008', benchmark='llama3.1-405b', scenario='Server')['recomputed'] == '584.01 token/s by the log'
for who, w, n in (('Dell', '1488.908833333333', 600), ('NVIDIA', '25.906571856287446', 668), ('H3C', '911.165721040189', 846),
                  ('Qualcomm', '24.326767334360532', 649), ('Fujitsu', '3425.59194499018', 1018)):
    r = one(round='v2.1', submitter=who)
    assert abs(float(r['power_w']) / float(w) - 1) < 1e-13 and f'{n} samples' in r['recomputed'], r
eq((z['rows'], z['new'], z['known']), (5, 0, 5), 'time zones beside the run')
orin = [r for r in L('old.json')['published'] if r['submitter'] == 'NVIDIA'][0]
eq(orin['power_w'], None, 'a moved window'); assert 'no sample of the power log lies inside' in orin['notes'], orin['notes']
b = L('bad.json')
bad = [r['reason'] for r in b['refused'] if 'published 103909' in r['reason']]
assert len(bad) == 1 and '102909 token/s by the log' in bad[0], b['refused']
PY
# Wrong input: one sentence, exit 2, nothing stored.
refuse() { # PART WORDS…
	local want=$1 got rc
	shift
	got=$("$COSTMARK" "$@" --store empty.db 2>&1 >out)
	rc=$?
	[ $rc = 2 ] || fail "'$*' ended with $rc: $got"
	case $got in *"$want"*) ;; *) fail "'$*': expected '$want' in: $got" ;; esac
	[ "$(printf '%s\n' "$got" | wc -l)" = 1 ] || fail "'$*': more than one line: $got"
}
echo '[{"Model": "x", "Scenario": "Offline", "Performance_Result": 1' >cut.json
echo '{"a": 1}' >object.json
refuse "did you mean 'mlperf_inference'" import mlperf_inferense cut.json
refuse 'cut.json:' import mlperf_inference cut.json
refuse 'expected a list of results' import mlperf_inference object.json
refuse 'is of no format' import mlperf object.json

# since v6.1 a summary is an object of numbered results whose members have other names
cat >numbered.json <<'END'
{"0": {"Organization": "Somebody", "Availability": "available", "Division": "closed", "SystemType": "datacenter",
 "SystemName": "a rack", "Model": "llama2-70b-99.9", "MlperfModel": "llama2-70b-99.9", "Scenario": "Offline",
 "Result": 1000.5, "number_of_nodes": 2, "accelerator_model_name": "NVIDIA B300-SXM-270GB",
 "accelerators_per_node": 4, "total_accelerators": 8, "compliance": "closed", "errors": 0, "version": "v6.1",
 "inferred": 0, "Units": "Tokens/s", "weight_data_types": "fp4", "notes": null, "PrivateID": null},
 "7": {"Organization": "Somebody", "Division": "closed", "SystemType": "datacenter", "SystemName": "a rack",
 "Model": "film", "MlperfModel": "text_to_video", "Scenario": "SingleStream", "Result": 5.5, "number_of_nodes": 1,
 "accelerator_model_name": "NVIDIA B300-SXM-270GB", "accelerators_per_node": 4, "version": "v6.1",
 "Units": "Latency (s)", "brand_new": 1}}
END
"$COSTMARK" import auto numbered.json --source https://x.example --store n.db >n.txt || fail "numbered: $?"
grep -q '^2 rows of 1 file: 2 new' n.txt && grep -q 'not kept: brand_new' n.txt || fail "numbered: $(cat n.txt)"
grep -q 'no device' n.txt && fail "numbered: $(cat n.txt)"
"$COSTMARK" results --published --store n.db --json >n.json || fail "numbered: $?"
tr -d ' \n' <n.json >n1.json
for want in '"device":"B300SXM"' '"value":"1000.5"' '"accelerators":"8"' '"division":"closed"' '"submitter":"Somebody"'; do
	grep -qF "$want" n1.json || fail "numbered, no $want: $(head -c 1500 n.json)"
done
refuse 'expected a date' import mlperf cut.json --retrieved yesterday
refuse 'No such file' import mlperf_inference nowhere.json
refuse 'go with --published' results words
cp "$D/mlperf/inference-v5.1/summary_results.json" whole.json
refuse 'cut.json:' import mlperf_inference whole.json cut.json
"$COSTMARK" results --published --store empty.db >out 2>err
[ $? = 3 ] || fail "something of a refused import was stored: $(cat out err)"
