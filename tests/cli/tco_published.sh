# Every published case comes out of its scenario: `expect:` holds, exit 0.
fail() { echo "$*"; exit 1; }
export COSTMARK_DATA=$SRC
n=0
for f in "$SRC"/examples/published/*.yaml; do
	grep -q '^expect:' "$f" || fail "$f expects nothing"
	"$COSTMARK" tco "$f" >out 2>err || fail "$f: $(cat err; grep '^  NO' out)"
	n=$((n + 1))
done
[ $n -ge 1 ] || fail "no published case"
# and an expectation that does not hold is exit 1, INVALID
sed 's/^  even: 2720 h/  even: 2730 h/' "$SRC/examples/published/lenovo-2026-case1.yaml" >off.yaml
"$COSTMARK" tco off.yaml >out
[ $? = 1 ] || fail "a false expectation did not end with 1"
grep -q '^Status: INVALID' out || fail "a false expectation is not INVALID"
