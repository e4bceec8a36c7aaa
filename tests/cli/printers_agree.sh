# Every printer of the model graph gives what C gives, to 1e-9 relative, for every named line of every
# shipped kind and example on random inputs: the block sampler, the script run by node, the workbook computed
# by LibreOffice.
# The workbooks hold the values of the base in their formula cells and other inputs: cells that are read and
# not computed again would be found.
fail() { echo "$*"; exit 1; }
export COSTMARK_DATA=$SRC
command -v node >/dev/null || { echo 'no node on this machine'; exit 77; }
T=$SRC/tests/printers
scenarios=("$T/kinds.yaml" "$T/language.yaml" "$SRC"/examples/*.yaml "$SRC"/examples/published/*.yaml)
n=${#scenarios[@]}
"$SRC/$B/tests/printers/printers" . 20261 4 "${scenarios[@]}" || fail 'the sampler differs from C'
node "$T/compare.js" . "$n" script || fail 'the script differs from C'

# the comparison finds a difference of 1e-8
cp 1.js 1.js.good
sed -i 's/Math\.exp(/1.0000002*Math.exp(/' 1.js
node "$T/compare.js" . "$n" script >off.txt && fail 'a script that is off by 1e-8 passed'
grep -q 'language.yaml: draw 0: it.logs' off.txt || fail "the difference is not named: $(cat off.txt)"

command -v soffice >/dev/null || { echo 'no LibreOffice on this machine'; exit 77; }
mkdir -p office/user # a profile of its own, told to compute every workbook that it opens
cat >office/user/registrymodifications.xcu <<'X'
<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
X
# to CSV: comma, quotes, UTF-8, numbers in full and not as shown, the fifth page
timeout -k 5 300 soffice -env:UserInstallation="file://$PWD/office" --headless --convert-to \
	'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,5' ./*.xlsx \
	>office.log 2>&1 || fail "LibreOffice ended with $?: $(tail -n 3 office.log)"
node "$T/compare.js" . "$n" sheet || fail 'the workbook differs from C'
