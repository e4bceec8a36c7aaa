# One command writes the report in every registered format, whole, and the same bytes for the same inputs.
fail() { echo "$*"; exit 1; }
export COSTMARK_DATA=$SRC SOURCE_DATE_EPOCH=1800000000 XDG_DATA_HOME=$PWD/data
s=$SRC/examples/own-or-rent.yaml
# the sentence about a wrong suffix lists the formats that this program has
formats=$(echo $("$COSTMARK" report "$s" -o a.nosuch 2>&1 | sed 's/.*format[^:]*: //' | tr -d ', ' | tr '.' ' '))
case $formats in *built*) echo 'no format is built in'; exit 77 ;; esac

set --
for f in $formats; do set -- "$@" -o "out.$f"; done
# a virtual machine's memory may change under it: the pair is written again when what `devices` says moved
for try in 1 2 3; do
	rm -rf one two
	before=$("$COSTMARK" devices --json)
	for folder in one two; do
		mkdir $folder
		(cd $folder && "$COSTMARK" report "$s" "$@" >../$folder.out 2>../$folder.err) ||
			fail "ended with $?: $(cat $folder.err)"
		[ ! -s $folder.err ] || fail "printed on standard error: $(cat $folder.err)"
		[ "$(ls $folder | wc -l)" = "$(echo $formats | wc -w)" ] || fail "files: $(ls $folder)"
	done
	[ "$("$COSTMARK" devices --json)" = "$before" ] && break
done
for f in $formats; do
	[ -s "one/out.$f" ] || fail "out.$f is empty"
	cmp "one/out.$f" "two/out.$f" || fail "out.$f: other bytes from the same inputs"
done
cmp one.out two.out || fail 'another verdict from the same inputs'

[ "$(wc -l <one.out)" -le 14 ] || fail "the verdict is longer than it should be: $(cat one.out)"
for part in 'Which way to four' 'costs least: ' 'Present value of all costs, 36 months: ' \
	'Cost per unit of work: ' 'Break-even ' 'Status: ESTIMATE, ' 'costmark run' 'Written: out\.'; do
	grep -q "$part" one.out || fail "the verdict lacks '$part': $(cat one.out)"
done

# the document in place of the verdict
"$COSTMARK" report "$s" --json -o "j.${formats%% *}" >j.out 2>err || fail "--json ended with $?: $(cat err)"
python3 - <<'PY' || exit 1
import json
d = json.load(open('j.out'))
assert d['schema'] == 'costmark.verdict/1', d
assert d['stamp'] == 'ESTIMATE' and d['stamp_why'] and 'costs least' in d['verdict'], d
assert len(d['figures']) == 3 and len(d['files']) == 1, d
for f in d['figures']:
    assert set(f) >= {'value', 'lo', 'hi', 'unit', 'basis', 'name'}, f
    assert f['lo'] <= f['value'] <= f['hi'], f
assert d['created'] == '2027-01-15T08:00:00Z', d['created']
PY

# a file that is there is replaced as a whole
f=${formats%% *}
echo old >"out.$f"
"$COSTMARK" report "$s" -o "out.$f" >/dev/null || fail "replacing ended with $?"
! grep -q '^old$' "out.$f" || fail 'the old file is still there'
[ -z "$(ls -A | grep part)" ] || fail "left behind: $(ls -A)"
