# What cannot be written, or rests on a mistake, is one sentence and exit 2, and leaves no file at all.
export COSTMARK_DATA=$SRC XDG_DATA_HOME=$PWD/data
s=$SRC/examples/own-or-rent.yaml
refuse() { # EXPECTED-PART WORDS…
	local want=$1 got rc
	shift
	before=$(find . | sort)
	got=$("$COSTMARK" report "$@" 2>&1 >out)
	rc=$?
	[ $rc = 2 ] || { echo "'$*' ended with $rc, not 2: $got"; exit 1; }
	[ ! -s out ] || { echo "'$*' printed on standard output: $(cat out)"; exit 1; }
	[ "$(printf '%s\n' "$got" | wc -l)" = 1 ] || { echo "'$*': more than one line: $got"; exit 1; }
	case $got in *"$want"*) ;; *) echo "'$*': expected '$want' in: $got"; exit 1 ;; esac
	[ "$(find . | sort)" = "$before" ] || { echo "'$*' left: $(find .)"; exit 1; }
}
touch out
refuse "a.nosuch: there is no format for '.nosuch'" "$s" -o a.nosuch
refuse 'the name has no suffix' "$s" -o report
refuse 'the name has no suffix' "$s" -o folder.d/report
formats=$(echo $("$COSTMARK" report "$s" -o a.nosuch 2>&1 | sed 's/.*format[^:]*: //' | tr -d ', ' | tr '.' ' '))
case $formats in *built*) echo 'no format is built in'; exit 77 ;; esac
f=${formats%% *}

refuse "did you mean '.$f'" "$s" -o "good.$f" -o "a.${f}x"
refuse 'given twice' "$s" -o "a.$f" -o "a.$f"
refuse "nowhere/a.$f: cannot be written" "$s" -o "good.$f" -o "nowhere/a.$f"
mkdir "folder.$f"
refuse "folder.$f: is a folder" "$s" -o "good.$f" -o "folder.$f"
refuse 'nosuch.yaml' nosuch.yaml -o "a.$f"
refuse ':' "$SRC/tests/data/broken/line_cycle.yaml" -o "a.$f"
refuse "$(cut -c1-20 "$SRC/tests/data/broken/unknown_kind.expected")" \
	"$SRC/tests/data/broken/unknown_kind.yaml" -o "a.$f"
echo 'this is no database, whatever its name says; it is long enough to look for its header' >odd.db
refuse 'odd.db' "$s" --store odd.db -o "a.$f"
if [ "$(id -u)" != 0 ]; then
	mkdir locked && chmod 500 locked
	refuse 'cannot be written' "$s" -o "locked/a.$f"
fi

# a figure that the scenario expects and that does not come out: written, and exit 1
sed '$s/.*/  own.npv: 1 USD within 1 %/' "$SRC/tests/data/broken/expect_unit.yaml" >expect.yaml
"$COSTMARK" tco expect.yaml >/dev/null 2>err
[ $? = 1 ] || { echo "tco: $(cat err)"; exit 1; }
"$COSTMARK" report expect.yaml -o "e.$f" >verdict 2>err
[ $? = 1 ] || { echo "a broken expectation did not end with 1: $(cat err)"; exit 1; }
[ -s "e.$f" ] && grep -q 'Status: INVALID' verdict || { echo "no INVALID report: $(cat verdict)"; exit 1; }
