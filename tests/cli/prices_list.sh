# The shipped tables: list, filter, exact prices as JSON; check finds no problem.
fail() { echo "$*"; exit 1; }
"$COSTMARK" prices list >all.txt 2>note.txt || fail "list ended with $?"
[ "$(tail -n +2 all.txt | grep -c .)" -ge 60 ] || fail "fewer than 60 offers"
grep -q 'aws/p5.48xlarge.*8 x H100 SXM5 80GB.*55.0400.*USD/hour.*on demand' all.txt ||
	fail "p5.48xlarge is not listed with its exact price"
grep -q 'offers' note.txt || fail "no count of offers on standard error"

"$COSTMARK" prices list H100-sxm5 RESERVED >some.txt 2>/dev/null || fail "filter ended with $?"
grep -q 'reserved 3y' some.txt || fail "the filter lost the reserved offers"
tail -n +2 some.txt | grep -v '^[^ ]*$' | grep -vq reserved && fail "the filter let others through"

"$COSTMARK" prices list p5.48xlarge --json >p5.json || fail "--json ended with $?"
for want in '"schema": "costmark.prices/1"' '"price": "55.0400"' '"currency": "USD"' '"devices": 8,' \
	'"device": "H100 SXM5 80GB"' '"per": "hour"' '"term": "on demand"' '"region": "us-east-1"' \
	'"basis": "listed"' '"effective": "2026-07-28"' '"retrieved": "2026-07-28"' \
	'"valid_until": null' 'vendors/aws/offers.csv"' '"line": '; do
	grep -qF "$want" p5.json || fail "no $want in: $(cat p5.json)"
done

SOURCE_DATE_EPOCH=1795478400 "$COSTMARK" prices check >check.txt || fail "check: $(cat check.txt)"
grep -q ' 0 problems' check.txt || fail "no summary: $(cat check.txt)"
"$COSTMARK" prices list no-such-thing >none.txt 2>/dev/null || fail "an empty answer is no failure"
[ ! -s none.txt ] || fail "an empty answer printed rows"
