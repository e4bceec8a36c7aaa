# Wrong command lines: one sentence with the nearest name, exit 2, nothing on standard output.
refuse() { # EXPECTED-PART WORDS…
	local want=$1 got rc
	shift
	got=$("$COSTMARK" "$@" 2>&1 >out)
	rc=$?
	[ $rc = 2 ] || { echo "'$*' ended with $rc, not 2: $got"; exit 1; }
	[ ! -s out ] || { echo "'$*' printed on standard output: $(cat out)"; exit 1; }
	case $got in *"$want"*) ;; *) echo "'$*': expected '$want' in: $got"; exit 1 ;; esac
	[ "$(printf '%s\n' "$got" | wc -l)" = 1 ] || { echo "'$*': more than one line: $got"; exit 1; }
}
refuse "did you mean 'run'" rnu
refuse "did you mean '--suite'" run --suit quick
refuse "did you mean 'quick'" run --suite qick
refuse "needs a value" run --suite
refuse "takes no value" run --resume=yes
refuse "given twice" run --suite quick --suite full
refuse "not an option of 'costmark devices'" devices --suite quick
refuse "a share above 0" run --ci x
refuse "a time such as 60s" run --budget 0s
refuse "whole number" run --launches -1
refuse "usage: costmark report" report a.yaml b.yaml

"$COSTMARK" --help | grep -q 'costmark report SCENARIO' || { echo 'no help'; exit 1; }
for c in devices run results prices tco explain report meters import vendors; do
	"$COSTMARK" $c --help >help.txt || { echo "$c --help failed"; exit 1; }
	grep -q "usage: costmark $c" help.txt || { echo "$c --help has no usage"; exit 1; }
	[ "$(sed -n '/^Examples:/,/^usage:/p' help.txt | grep -c '^ *costmark')" -ge 2 ] ||
		{ echo "$c --help shows fewer than two examples"; exit 1; }
done
"$COSTMARK" --json definitely-not 2>/dev/null
[ $? = 2 ] || exit 1
! "$COSTMARK" --help >/dev/full 2>/dev/null || { echo 'a full disk looked like success'; exit 1; }
