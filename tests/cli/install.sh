# The installed program runs from any folder, finds its data beside itself wherever it is moved to, and never
# looks into the folder that it was built in.
fail() { echo "$*"; exit 1; }
unset COSTMARK_DATA
here=$PWD
"$SRC/tools/install" "$here/first" >log 2>&1 || fail "install: $(cat log)"
mv first second
mkdir elsewhere && cd elsewhere || exit 1
c=$here/second/bin/costmark
data=$here/second/share/costmark

"$c" devices >out 2>err && [ ! -s err ] || fail "devices: $(cat err)"
"$c" prices list --json >out 2>err || fail "prices: $(cat err)"
grep -q '"offers"' out || fail 'no offers'
"$c" run --kernel triad --size 4096 --launches 1 --budget 1s --store s.db >out 2>err
rc=$?
[ $rc = 0 ] || [ $rc = 4 ] || fail "run: $(cat err)"
"$c" report "$data/examples/own-or-rent.yaml" --store s.db -o r.html -o r.md >out 2>err || fail "report: $(cat err)"
[ -s r.html ] && [ -s r.md ] || fail 'no report'
# Every example that the source has is there, and its models, parts and tables with it.
n=0
for s in "$data"/examples/*.yaml; do
	"$c" tco "$s" --samples 0 >out 2>err || fail "$s: $(cat err)"
	n=$((n + 1))
done
[ $n = "$(ls "$SRC"/examples/*.yaml | wc -l)" ] && [ $n -ge 1 ] || fail "$n examples are installed"

if strace -f -o trace -e trace=file true 2>/dev/null; then
	# A sanitizer's leak check cannot run below another tracer.
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o trace -e trace=file "$c" tco "$data/examples/own-or-rent.yaml" >out 2>err ||
		fail "under strace: $(cat err)"
	grep -q "$data/vendors/" trace || fail 'the trace shows no price tables'
	! grep -F "\"$SRC/" trace || fail 'the installed program looks into the source folder'
fi
exit 0
