# Each broken scenario of the corpus: its one sentence with file:line:column, exit 2, nothing on stdout.
fail() { echo "$*"; exit 1; }
export COSTMARK_DATA=$SRC
cd "$SRC/tests/data/broken" || exit 1
n=0
for f in *.yaml; do
	want=$(cat "${f%.yaml}.expected") || fail "$f has no expected sentence"
	got=$("$COSTMARK" tco "$f" 2>&1 >"$HOME/out")
	rc=$?
	[ $rc = 2 ] || fail "$f ended with $rc, not 2: $got"
	[ ! -s "$HOME/out" ] || fail "$f printed on standard output"
	# places in shipped models and tables move when a line is added there
	got=$(printf '%s' "${got//"$SRC/"/}" | sed -E 's/\.(part|model|csv):[0-9]+/.\1:N/g')
	[ "$got" = "costmark: $want." ] || fail "$f
says     $got
expected costmark: $want."
	n=$((n + 1))
done
[ $n -ge 60 ] || fail "only $n broken scenarios"
