# Wrong words for run, results and selftest: one sentence, the right exit code, nothing made.
refuse() { # CODE EXPECTED-PART WORDS…
	local code=$1 want=$2 got rc
	shift 2
	got=$("$COSTMARK" "$@" 2>&1 >out)
	rc=$?
	[ $rc = "$code" ] || { echo "'$*' ended with $rc, not $code: $got"; exit 1; }
	[ ! -s out ] || { echo "'$*' printed on standard output: $(cat out)"; exit 1; }
	case $got in *"$want"*) ;; *) echo "'$*': expected '$want' in: $got"; exit 1 ;; esac
	[ "$(printf '%s\n' "$got" | wc -l)" = 1 ] || { echo "'$*': more than one line: $got"; exit 1; }
}
refuse 2 "did you mean 'triad'" run --kernel traid
refuse 2 "there is no kernel 'nothing-like-it'" run --kernel nothing-like-it
refuse 2 "did you mean 'host'" run --backend hots
refuse 2 "did you mean 'standard'" run --suite standart
refuse 2 "did you mean '--kernel'" run --kernal triad
refuse 2 "did you mean 'null'" run --device nul1
refuse 3 "here are" run --device 'no such device anywhere'
refuse 2 "whole number above 0" run --size 0
refuse 2 "whole number above 0" run --size -1
refuse 2 "whole number above 0" run --size 4k
refuse 2 "whole number above 0" run --size ''
refuse 2 "whole number above 0" run --size 99999999999999999999
refuse 2 "--size 18446744073709551615" run --kernel triad --size 18446744073709551615
refuse 2 "a run may use" run --kernel triad --backend host --size 68719476736
refuse 2 "multiple of 64 bytes" run --kernel chase --size 100
refuse 2 "up to 16 sizes" run $(printf -- '--size %d ' $(seq 17))
refuse 2 "1 to 1000" run --launches 0
refuse 2 "1 to 1000" run --launches 1001
refuse 2 "a share above 0" run --ci -1
refuse 2 "a time such as" run --budget fast
refuse 2 "a time such as" run --timeout 0
refuse 2 "did you mean 'never'" run --progress nver
refuse 2 "does not take 'triad'" run triad
refuse 2 "not an option of 'costmark results'" results --suite quick
refuse 3 "no result store" results --store none.db
refuse 3 "nothing to measure on" run --backend null --kernel triad
[ ! -e none.db ] || { echo 'reading made a store'; exit 1; }

# A fact of the machine is a row with its reason, and nothing was measured: 3.
"$COSTMARK" run --store s.db --backend host --kernel transfer >out 2>err
[ $? = 3 ] && grep -q 'host and device are one memory' out || { echo "transfer: $(cat out err)"; exit 1; }

exit 0
