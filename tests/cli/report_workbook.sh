# The workbook: the same bytes for the same input, pages in the order of a procurement file, text from outside
# never a formula, each formula made of functions that Excel and LibreOffice share and with its value in it.
fail() { echo "$*"; exit 1; }
export COSTMARK_DATA=$SRC XDG_DATA_HOME=$PWD/data SOURCE_DATE_EPOCH=1767225600
cat >hostile.yaml <<'Y'
title: "=HYPERLINK(\"http://evil.example\",\"x\")"
question: "+1+cmd|' /C calc'!A0"
work: token
horizon: 24 month
inputs:
  peak_rate: 1000 token/s
  throughput: 2000 token/s
  h100: 5 USD
options:
  r1c1:
    kind: rent
    label: "=1+1 </f></c> & \"quoted\" 日本語"
    inputs:
      price_hour: {value: 3 USD/h, source: "=WEBSERVICE(\"http://evil.example\")"}
      staff_year: 1000 USD/year
  a_very_long_name_of_an_option_that_goes_on_and_on_and_on_and_on_until_it_is_too_long_for_any_workbook:
    kind: rent
    label: "@SUM(A1:A9)"
    inputs: {price_hour: 4 USD/h, staff_year: 1000 USD/year}
figures: |
  extra = h100 * 2 : USD
Y
"$COSTMARK" report hostile.yaml -o one.xlsx >/dev/null || fail "report ended with $?"
mv one.xlsx two.xlsx
sleep 1.1 # the clock is not in it
"$COSTMARK" report hostile.yaml -o one.xlsx >/dev/null || fail "report ended with $?"
cmp one.xlsx two.xlsx || fail 'the same report gave other bytes'
"$COSTMARK" tco hostile.yaml --json >tco.json || fail "tco ended with $?"
python3 - <<'P' || exit 1
import json, re, zipfile
import xml.etree.ElementTree as ET
z = zipfile.ZipFile('one.xlsx')
for n in z.namelist():
    if n.endswith(('.xml', '.rels')):
        ET.fromstring(z.read(n))  # well-formed
ns = {'m': 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'}
book = ET.fromstring(z.read('xl/workbook.xml'))
pages = [s.get('name') for s in book.find('m:sheets', ns)]
assert pages == ['Verdict', 'Options', 'Prices', 'Assumptions', 'Model', 'Results', 'Notes', 'ChartData'], pages
names = {d.get('name'): d.text for d in book.find('m:definedNames', ns)}
assert names['in_r1c1__price_hour'].startswith('Assumptions!$D$'), names
assert all(len(n) <= 60 or n.startswith('_xlnm') for n in names), names
shared = [''.join(t.text or '' for t in s.iter('{%s}t' % ns['m'])) for s in ET.fromstring(z.read('xl/sharedStrings.xml'))]
for text in ['=HYPERLINK("http://evil.example","x")', "+1+cmd|' /C calc'!A0", '@SUM(A1:A9)',
             '=1+1 </f></c> & "quoted" 日本語']:
    assert text in shared, text
known = {'SUM', 'SUMPRODUCT', 'MIN', 'MAX', 'IF', 'AND', 'OR', 'NOT', 'ABS', 'EXP', 'LN', 'SQRT', 'INT', 'ROUND', 'INDEX',
         'MATCH', 'NA', 'IFERROR', 'ISNUMBER', 'COUNT', 'COUNTIF', 'SMALL', 'POISSON'}
formulas = 0
cells = {}
for k, page in enumerate(pages, 1):
    for c in ET.fromstring(z.read(f'xl/worksheets/sheet{k}.xml')).iter('{%s}c' % ns['m']):
        f, v = c.find('m:f', ns), c.find('m:v', ns)
        if c.get('t') == 's':
            cells[page, c.get('r')] = shared[int(v.text)]
        elif v is not None:
            cells[page, c.get('r')] = v.text
        if f is None:
            continue
        formulas += 1
        assert v is not None and v.text not in ('nan', 'inf', '-nan'), (page, c.get('r'), f.text)
        used = set(re.findall(r'([A-Z][A-Z.]*)\(', f.text))
        assert used <= known, (page, c.get('r'), f.text, used - known)
        assert len(f.text) < 2000 and 'evil' not in f.text and 'SUM(A1' not in f.text, f.text
assert formulas > 500, formulas
options = json.load(open('tco.json'))['options']
for i, o in enumerate(options, 4):
    assert abs(float(cells['Options', f'D{i}']) / o['npv']['value'] - 1) < 1e-12, (i, o['name'])
assert cells['Verdict', 'B5'] == options[0]['label'], cells['Verdict', 'B5']
P
# what cannot be kept whole is left out with a sentence: one temporary file, and it is gone
mkdir tmp
TMPDIR=$PWD/tmp "$COSTMARK" report hostile.yaml -o three.xlsx >/dev/null && [ -z "$(ls tmp)" ] || fail "left: $(ls tmp)"
TMPDIR=$PWD/nowhere "$COSTMARK" report hostile.yaml -o four.xlsx >/dev/null 2>err
[ $? = 6 ] && grep -q 'no temporary file can be made' err || fail "no folder for temporary files: $(cat err)"
[ ! -e four.xlsx ] || fail 'a half-written workbook'
