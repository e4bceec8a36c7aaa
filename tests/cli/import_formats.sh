# Every other format of published results: all rows of the shared files against a second reader (python's), the
# traps of each, and files that are broken.
fail() { echo "$*"; exit 1; }
D=$SRC/../shared/data
P=$D/published
[ -d "$P" ] || { echo 'the shared data is not beside the tree'; exit 77; }
export XDG_DATA_HOME=$PWD
imp() { "$COSTMARK" import "$@" --source here --json >report.json 2>err || fail "import $*: $(cat err)"; }
rows() { python3 -c "import json; r = json.load(open('report.json')); print(r['rows'], sum(x['rows'] for x in r['refused']))"; }
count() { # WANT FORMAT FILES…
	local want=$1; shift
	imp "$@"
	[ "$(rows)" = "$want" ] || fail "import $*: rows and refusals '$(rows)', expected '$want'"
}
count '22 0' babelstream "$P"/babelstream/*
count '3 0' hpcg "$P"/hpcg/*
count '40 0' inferencex "$P"/inferencex/glm5*.json --device 'H100 SXM5 80GB' --devices 8
count '66 0' inferencex "$P/inferencex/supplemental-evals.json"
count '146 1' ml_energy "$P"/ml-energy/*
count '123 58' phoronix "$P"/phoronix/*
count '3339 140' spec "$P"/spec/*
count '2000 0' top500 "$P"/top500/*
count '16 0' vllm "$P"/vllm/8x*H100*.json "$P"/vllm/4Mi300x*.json "$P"/vllm/8Mi300x*.json
count '12 0' vllm "$P"/vllm/8xMi300x*.json --device 'Instinct MI300X' --devices 8
count '10 0' mlperf_training "$D/mlperf/training-v5.0"
"$COSTMARK" results --published 'MLPerf Training' --json >plain.json 2>err || fail "$(cat err)"
# With the factors that lie in a tree of their own.
mkdir -p t && cp -r "$D/mlperf/training-v5.0" t/training-v5.0 && chmod -R u+w t
cp -r "$P"/mlperf-training-v5.0-scaling/* t/training-v5.0/ && chmod -R u+w t
count '10 0' mlperf t/training-v5.0
# a job that ran on each device of a node: four runs in one file, equal in all that names them; a warning before them
stream_run() { # DEVICE TRIAD
	printf 'Running on device %s\n====\n\nBabelStream\nVersion: 5.0\nImplementation: CUDA\nRunning kernels 100 times\n' "$1"
	printf 'Precision: double\nArray size: 8891.9 MB (=8.9 GB)\nUsing CUDA device NVIDIA GH200 120GB\nDriver: 12070\n'
	printf 'Init: 0.353618 s (=75436.650631 MBytes/sec)\nFunction    MBytes/sec  Min (sec)   Max         Average\n'
	printf 'Copy        3216728.170 0.00553     0.00553     0.00553\nTriad       %s 0.00755     0.00756     0.00755\n\n' "$2"
}
{ echo 'Lmod Warning:'; stream_run 0 3534593.282; stream_run 1 3528772.978; stream_run 2 3533380.228; } >node.txt
count '6 0' babelstream node.txt
"$COSTMARK" import babelstream node.txt >again.txt 2>err || fail "$(cat err)"
grep -q '^6 rows of 1 file: 0 new, 6 there already, 0 older' again.txt || fail "the same runs again: $(cat again.txt)"
"$COSTMARK" results --published Triad 'GH200 96GB' --json >node.json 2>err || fail "$(cat err)"
python3 -c "
import json
r = json.load(open('node.json'))['published']
assert sorted((x['number'], x['notes'][-1]) for x in r) == [(3528.772978, '1'), (3533.380228, '2'), (3534.593282, '0')], r" 2>err ||
	fail "runs of one file: $(cat err)"
cat >map.yaml <<'Y'
rows:
  suite: {text: dstack comparison}
  model_run: {text: Llama-3.1-405B}
  device_as_written: {column: gpu}
  load: {column: batch_size}
values:
  - {column: tokens_per_second, metric: throughput, unit: token/s, better: higher}
  - {column: end_to_end_latency, metric: latency, unit: s, better: lower}
Y
cp "$P/vllm/throughput_latency_curve.csv" curve.csv
n=$(($(grep -c . curve.csv) - 1))
count "$((2 * n)) 0" csv curve.csv --map map.yaml
grep -q '"usd_per_hr"' report.json || fail 'a column that the mapping leaves out is not named'
"$COSTMARK" results --published --json >rows.json 2>err || fail "$(cat err)"
cat >check.py <<'PY'
import collections, csv, glob, io, json, os, re, sys, xml.etree.ElementTree as ET, zipfile
P = sys.argv[1]
R = json.load(open('rows.json'))['published']
by = collections.defaultdict(list)
for r in R: by[os.path.basename(r['file'])].append(r)
def eq(a, b, what):
    if a != b: raise SystemExit(f'{what}: {a!r}, expected {b!r}')
def near(a, b, what, rel=1e-12):
    if abs(float(a) - float(b)) > rel * abs(float(b)): raise SystemExit(f'{what}: {a}, expected {b}')
# BabelStream: every line; MB are 10^6 bytes
for f in glob.glob(P + '/babelstream/*'):
    want = {m[1]: float(m[2]) for m in re.finditer(r'^(Copy|Mul|Add|Triad|Dot) +([\d.]+)', open(f).read(), re.M)}
    got = by[os.path.basename(f)]
    eq({r['benchmark'] for r in got}, set(want), f)
    for r in got: near(r['number'], want[r['benchmark']] / 1000, f); eq((r['unit'], r['precision']), ('GB/s', 'fp64'), f)
eq({(r['device'], r['round'], r['repeats']) for r in by['v2.0-k80-cuda.txt']}, {('K80 (board, 2 GPUs)', '2.0', '100')} if by['v2.0-k80-cuda.txt'][0]['device'] else {(None, '2.0', '100')}, 'K80')
assert all('400.0 MB' in r['load'] for r in by['v1.0-hip-amd-fiji-nano.txt'])
# HPCG: the figure, not the higher one for historical reasons; VALID but short
for f, v, s in (('f0965-21', 26.8725, '101.404'), ('f1102-1r', 9.80642, '12.3251')):
    r = [x for x in R if x['suite'] == 'HPCG' and os.path.basename(x['file']).startswith(f)][0]
    near(r['number'], v, f); assert 'VALID but short: ' + s in r['quality'], r['quality']
# InferenceX: the worked check of section 3.6
g = {r['metric']: r for r in by['glm5_fp8_vllm_tp8_isl10240_osl128_conc16.json']}
near(g['throughput, requests']['number'], 160 / 214.63910559937358, 'requests/s', 1e-9)
near(g['throughput, tokens in and out']['number'] / 8, 966.087, 'tokens/s a GPU', 1e-6)
near(1 / g['time per output token, median']['number'], 7.0896, 'per user', 1e-4)
eq((g['throughput, requests']['device'], g['throughput, requests']['accelerators'], g['throughput, requests']['date']), ('H100 SXM5 80GB', '8', '2026-02-13'), 'what the user said')
ev = json.load(open(P + '/inferencex/supplemental-evals.json'))
eq(sorted(r['number'] for r in by['supplemental-evals.json']), sorted(e['score'] for e in ev), 'evaluations')
# ML.ENERGY: every configuration
for f in glob.glob(P + '/ml-energy/*__*.json'):
    d = json.load(open(f)); got = by[os.path.basename(f)]
    for r in got:
        c = d['configurations'][int(r['line'].split('/')[-1])]
        near(r['number'], c.get('output_throughput_tokens_per_sec', c.get('throughput_images_per_sec')), f)
        near(r['power_w'], c['avg_power_watts'], f); near(r['energy'], c.get('energy_per_token_joules', c.get('energy_per_image_joules')), f)
        eq((r['accelerators'], r['device_as_written']), (str(c['num_gpus']), c['gpu_model']), f)
l = [r for r in by['meta-llama__Llama-3.1-70B-Instruct__lm-arena-chat.json'] if r['device_as_written'] == 'B200' and r['accelerators'] == '2']
e = [float(r['energy']) for r in l]
assert max(e) / min(e) > 16 and all('max_num_seqs' in r['load'] for r in l), 'the load is in every row'
# Phoronix: every entry that has an identifier and a value
for f in glob.glob(P + '/phoronix/*'):
    want = [(x.findtext('Identifier'), x.findtext('Arguments') or '', x.findtext('Description') or '', float(e.findtext('Value')))
            for x in ET.parse(f).getroot().iter('Result') if x.findtext('Identifier') for e in x.iter('Entry') if e.findtext('Value')]
    eq(sorted((r['benchmark'], r['load'] or '', r['scenario'] or '', r['number']) for r in by[os.path.basename(f)]), sorted(want), f)
z = [r for r in by['GVNO3-compress-zstd-composite.xml'] if r['scenario'] == 'Compression Level: 3 - Compression Speed'][0]
eq((z['value'], z['unit'], z['better'], z['repeats'], z['recomputed'], z['date']), ('134.6', 'MB/s', 'higher', '3', 'trials 134.6:134.7:134.6', '2025-02-08'), 'zstd')
# SPEC: the export; a tab and blanks in headings, peak 0 = not run
want = collections.Counter()
for x in csv.reader(open(P + '/spec/CINT2017_results.csv')):
    if x[1] == 'Benchmark': continue
    for k, v in (('peak', x[4]), ('base', x[5])):
        if float(v or 0) > 0: want[(k, float(v), x[3].strip(' \t'), x[9].strip(' \t'))] += 1
got = collections.Counter((r['scenario'], r['number'], r['system'] or '', r['date'] or '') for r in by['CINT2017_results.csv'])
eq(set(got), set(want), 'SPEC export')
h = {r['benchmark']: r for r in by['harmony-int-HAD-W32-part-d03-001.csv']}
eq((h['505.mcf_r']['value'], h['int_rate']['metric'], h['int_rate']['quality']), ('4.74', 'ratio, geometric mean', 'estimate, not reviewed'), 'estimate')
# TOP500: all sites of each list
ns = '{http://www.top500.org/xml/top500/1.0}'
for y in ('199306', '200911', '201411'):
    f = f'TOP500_{y}_all.xml'; got = {r['id']: r for r in by[f]}; n = 0
    for s in ET.parse(f'{P}/top500/{f}').getroot().iter(ns + 'site'):
        r = got.get(s.findtext(ns + 'system-id'))
        if r is None: continue
        n += 1
        w = s.findtext(ns + 'power')
        eq(r['power_w'] is None, not (w and float(w) > 0), f'{f} power')
        if r['power_w']: near(r['power_w'], float(w) * 1000, f)
    eq((len(by[f]), {r['round'] for r in by[f]}), (500, {y[:4] + '-' + y[4:]}), f)
    tops = [s for s in ET.parse(f'{P}/top500/{f}').getroot().iter(ns + 'site')]
    eq(sorted(r['number'] for r in by[f]), sorted(float(s.findtext(ns + 'r-max')) for s in tops), f)
eq(sum(r['power_w'] is None for r in by['TOP500_201411_all.xml']), 242, 'without power, 2014-11')
eq(sum(r['power_w'] is None for r in by['TOP500_200911_all.xml']), 262, 'without power, 2009-11')
eq(sum(r['power_w'] is None for r in by['TOP500_199306_all.xml']), 500, 'without power, 1993-06')
x = by['TOP500_june2025.xlsx']
eq((len(x), sum(r['power_w'] is None for r in x), {r['round'] for r in x}), (500, 287, {'2025-06'}), '2025-06')
el = [r for r in x if r['id'] == '180307'][0]
near(el['number'], 1742000e3, 'El Capitan'); near(el['power_w'], 29580980, 'El Capitan'); assert '58.88' in el['recomputed'] and el['accelerators'] is None, el
eq(sum('wrong' in (r['recomputed'] or '') for r in x), 0, 'listed efficiency agrees within 2 %')
# vLLM: the worked check; nobody names the GPU
v = {r['metric']: r for r in by['8xH100SXM5-nvidia-vllm-16.0qps-Llama-3.1-405B-FP8-20241109-150547.json']}
near(v['throughput, tokens in and out']['number'], (215196 + 120689) / 100.66741408899998, 'tokens/s', 1e-9)
eq((v['throughput, requests']['device'], v['throughput, requests']['accelerators']), (None, None), 'the file names no device')
near(v['time to first token, p99']['number'], 9.912536467760054, 'ms are s')
m = [r for r in R if 'amd-meta-vllm-16.0qps' in r['file'] and r['metric'] == 'throughput, tokens in and out'][0]
near(m['number'] / 8, 210.79, 'MI300X', 1e-4); eq(m['device'], 'Instinct MI300X', 'MI300X')
o = {r['metric']: r for r in R if os.path.basename(r['file']).startswith('4Mi300x')}
eq(o['throughput, tokens in and out']['value'], '1424.503174121544', 'offline'); assert 'out 2048' in o['throughput, tokens in and out']['load']
# Training: scores of section 3.5, without the factor and with it
t = [r for r in R if r['suite'] == 'MLPerf Training']
eq(len(t), 10, 'training rows: corrected ones replace the older')
last = {}
for r in json.load(open('plain.json'))['published'] + t: last.setdefault(r['place'], []).append(float(r['value']))
def score(part, want):
    hit = [v for p, v in last.items() if part in p][0]
    if not any(abs(x - want) < 1.0e-6 for x in hit): raise SystemExit(f'{part}: {hit}, expected {want}')
for part, plain, scaled in (('MI300X_EPYC_9575F_pytorch', 28.268656250, 29.250206), ('nyx_n1_ngc25.04_nemo/stable_diffusion', 14.0764315, 14.076432),
        ('16xXE9712x4GB200', 4.298022333, 4.298022), ('nyx_n1_ngc25.04_pytorch', 3.492264625, 3.502207), ('G893-SD1', 10.717229125, 11.265376),
        ('HPE-Cray-XD670', 3.435606125, 3.527063), ('D74H-7U', 4.005404125, 4.005404)):
    score(part, plain); score(part, scaled)
d = [r for r in t if '16xXE9712x4GB200' in r['place']][0]
eq((d['accelerators'], d['repeats'], d['unit'], d['round'], d['submitter']), ('64', '5', 'minute', 'v5.0', 'Dell'), 'Dell')
a = [r for r in t if 'MI300X' in r['place']]
assert {r['device'] for r in a} == {'Instinct MI300X'} and {r['accelerators'] for r in a} == {'8'} and any('31.98' in r['recomputed'] for r in a)
c = [r for r in R if r['suite'] == 'dstack comparison' and r['load'] == '8' and r['metric'] == 'throughput' and r['device_as_written'] == '8xH100 1FP8-meta']
assert '231.9335981' in {r['value'] for r in c}, c
PY
python3 check.py "$P" || exit 1

# Broken files: a sentence with the file's name, exit 2, nothing stored.
refuse() { # PART FORMAT FILE WORDS…
	local want=$1 got rc
	shift
	got=$("$COSTMARK" import "$@" --store empty.db 2>&1 >out)
	rc=$?
	[ $rc = 2 ] || fail "'$*' ended with $rc: $got"
	case $got in *"$want"*) ;; *) fail "'$*': expected '$want' in: $got" ;; esac
	[ "$(printf '%s\n' "$got" | wc -l)" = 1 ] || fail "'$*': more than one line: $got"
}
head -c 5000 "$P/phoronix/GVNO3-compress-zstd-composite.xml" >cut.xml
head -c 60000 "$P/top500/TOP500_june2025.xlsx" >cut.xlsx
head -c 300 "$P/vllm/4Mi300x-throughput-quark-Meta-Llama-3.1-405B-Instruct-FP8-KV_throughput_req128_in128_out2048_.json" | head -c 100 >cut.json
printf '<!DOCTYPE x [<!ENTITY a "b">]><PhoronixTestSuite>&a;</PhoronixTestSuite>' >entity.xml
printf '{"request_throughput": 1, "num_prompts": 3000, "completed": 1648, "total_token_throughput": 9}' >short.json
refuse 'cut.xml:' phoronix cut.xml
refuse 'document type is not read' phoronix entity.xml
refuse 'cut.xlsx: no workbook' top500 cut.xlsx
refuse 'cut.json:' vllm cut.json
refuse 'expected the text of an HPCG run' hpcg cut.json
refuse 'expected the output of HPL' hpl cut.json
refuse 'Function' babelstream cut.json
refuse 'configurations' ml_energy short.json
refuse "heading 'Rmax" top500 curve.csv
refuse 'neither an export' spec curve.csv
refuse 'needs --map' csv curve.csv
sed 's/gpu}/gpus}/' map.yaml >bad.yaml
refuse "bad.yaml:4:" csv curve.csv --map bad.yaml
sed 's/model_run/modelrun/' map.yaml >bad.yaml
refuse "did you mean 'model_run'" csv curve.csv --map bad.yaml
refuse 'is a folder' hpcg "$P/hpcg"
count '0 1' vllm short.json
cat >hpl.txt <<'H'
HPLinpack 2.3
WR11C2R4       29184   192     2     2              19.60             8.4561e+02
||Ax-b||_oo/(eps*(||A||_oo*||x||_oo+||b||_oo)*N)=   2.58e-03 ...... PASSED
WR11C2R4       29184   384     2     2              29.60             5.0e+02
||Ax-b||_oo/(eps*(||A||_oo*||x||_oo+||b||_oo)*N)=   2.58e+03 ...... FAILED
H
count '1 1' hpl hpl.txt
# Hostile text is carried, and harmless on the terminal.
printf 'benchmark,time,ratio\n"=cmd|calc\033[31m<b>",1,2\n' >odd.csv
count '1 0' spec odd.csv
"$COSTMARK" results --published cmd >out 2>/dev/null || fail 'the odd row is lost'
! grep -q $'\033' out || fail 'an escape byte reached the terminal'
