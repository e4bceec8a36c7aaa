# Prices imported from a made offer file with the traps of real ones: reported, listed, checked, compared, and used by a
# scenario; an import that fails or dies leaves the store as it was.
fail() { echo "$*"; exit 1; }
data=$SRC/tests/data/prices
f=$data/aws_ec2_small.csv
p() { "$COSTMARK" prices "$@" --prices p.db; }

p import aws_ec2 "$f" >report.txt 2>err.txt || fail "import: $(cat err.txt)"
for want in '6 prices imported (aws_ec2, aws/us-east-1/\*), 5 rows refused' \
	'refused .* 1  UnusedCapacityReservation.*aws_ec2_small.csv:8' \
	'refused .* 1  AllocatedCapacityReservation.*:9' 'refused .* 1  capacity block: the fee is not in the file.*:13' \
	'refused .* 1  not a compute instance.*:16' 'refused .* 1  reserved, partial upfront: the second half.*:10' \
	"unknown column 'Shoe Size'" 'device unknown, rows: .* 1  aws/zz9.48xlarge .*:14'; do
	grep -q "$want" report.txt || fail "no '$want' in: $(cat report.txt)"
done
p import aws_ec2 "$f" >again.txt || fail "the same again ended with $?"
grep -q 'the same bytes are in the store already' again.txt || fail "again: $(cat again.txt)"
gzip -c "$f" | p import aws_ec2 - --dry-run --json >dry.json || fail "gzip by a pipe ended with $?"
grep -q '"rows": 6' dry.json && grep -q '"import": null' dry.json || fail "dry run: $(cat dry.json)"

# listed beside the shipped tables, with the canonical columns
p list p5.48xlarge --vendor aws --term 'reserved 3y' --json >r.json || fail "list ended with $?"
for want in '"price": "11.5000000000"' '"per": "hour"' '"term": "reserved 3y"' '"line": 17' '"device": "H100 SXM5 80GB"' \
	'"devices": 8,' '"upfront_price":"302220"' '"effective_unit_price":"23.000000000000"' '"published":"2026-07-28T00:00:00Z"' \
	'"host_memory_gib":"2048"'; do
	grep -qF "$want" r.json || fail "no $want in: $(cat r.json)"
done
# against the list price: 1 - 23 / 55.04; Windows' own price is not it
grep -q '"list_price": "55.0400000000"' r.json && grep -q '"list_price_line": 7' r.json && grep -q '"discount": 0.58212' r.json ||
	fail "no list price: $(cat r.json)"
p list p5.48xlarge --vendor aws --term reserved >l.txt
grep -q '58.2 %' l.txt && grep -q 'below list' l.txt || fail 'no discount in the table'
p list --os Windows --csv >w.csv || fail "--os ended with $?"
[ "$(wc -l <w.csv)" = 2 ] && grep -q '63.8720000000' w.csv || fail "by system: $(cat w.csv)"
p list --os linux --vendor aws --csv | grep -q 'windows' && fail 'windows among linux'
p list --os none --vendor aws --json | grep -q '"operating_system"' && fail 'a system among rows that tell none'
p list --since 2026-07-01 --until 2026-07-01 --vendor aws --sort price --csv >l.csv || fail "csv ended with $?"
[ "$(wc -l <l.csv)" = 7 ] || fail "by date: $(cat l.csv)"
sed -n 2p l.csv | grep -q '^aws,m5.large,' || fail "not sorted by price: $(sed -n 2p l.csv)"
p list --since yesterday 2>err.txt >out.txt
[ $? = 2 ] && grep -q 'expected a date' err.txt && [ ! -s out.txt ] || fail "a wrong date: $(cat err.txt)"
p list p5 --currency EUR >out.txt 2>err.txt
[ $? = 2 ] && grep -q 'no dated rate' err.txt || fail "a currency without rates: $(cat err.txt)"

# checks
SOURCE_DATE_EPOCH=1795478400 p check >c.txt || fail "check: $(tail -n 3 c.txt)"
grep -q "stale: 6 of 6 prices of this table" c.txt || fail "not stale: $(cat c.txt)"
sed 's/55.0400000000/0.4000000000/; s/,"USD",,/,"",,/' "$f" >bad.csv
"$COSTMARK" prices import aws_ec2 bad.csv --prices bad.db >bad.txt
grep -q 'no currency is stated' bad.txt || fail "no currency: $(cat bad.txt)"

# what moved
sed 's/55.0400000000/44.0000000000/; /m5.large/d' "$f" >newer.csv
p diff aws_ec2 "$f" newer.csv >d.txt || fail "diff of files ended with $?"
grep -q 'moved.*55.0400000000  44.0000000000  -20.1 %' d.txt && grep -q 'gone .*m5.large' d.txt || fail "diff: $(cat d.txt)"
grep -q '1 moved, 0 new, 1 gone, 4 the same' d.txt || fail "diff: $(cat d.txt)"
p import aws_ec2 newer.csv >out.txt 2>err.txt
[ $? = 2 ] && grep -q 'over 15 % fewer' err.txt || fail "a shrunken table: $(cat err.txt out.txt)"
p import aws_ec2 newer.csv --force >out.txt || fail "--force ended with $?"
p diff 1 2 | grep -q '1 moved, 0 new, 1 gone' || fail "diff of imports"
p history 'aws/p5.48xlarge@on demand' | grep -c 'on demand#us-east-1, linux' | grep -qx 2 || fail "history: $(p history aws/p5.48xlarge)"
p diff 1 99 2>err.txt && fail "an import that is not there"
grep -q 'no import 99' err.txt || fail "$(cat err.txt)"

# a plain CSV of one offer over time: levels, and a line without a price is not a price of 0
printf 'timestamp,instance,price_usd,mood\n2025-06-05,p5.48xlarge,55.04,ok\n2025-05-01,p5.48xlarge,\n' >series.csv
printf '%s,p5.48xlarge,98.32\n' 2025-04-23T18:52:57 2025-06-04 2025-05-02 >>series.csv
"$COSTMARK" prices import csv series.csv --prices h.db >h.txt || fail "csv: $(cat h.txt)"
grep -q '4 prices imported' h.txt && grep -q 'refused .* 1  no price is stated.*series.csv:3' h.txt &&
	grep -q "unknown column 'mood'" h.txt || fail "csv: $(cat h.txt)"
"$COSTMARK" prices history p5.48xlarge --prices h.db >h.txt || fail "history ended with $?"
sed -n 2p h.txt | grep -q '98.32 .* 2025-04-23  2025-06-04 *3$' && sed -n 3p h.txt | grep -q '55.04 .* 2025-06-05  2025-06-05 *1$' ||
	fail "levels: $(cat h.txt)"
real=$SRC/../shared/data/prices/aws/p5_price_history.csv
if [ -f "$real" ]; then
	"$COSTMARK" prices import csv "$real" --prices r.db | grep -q 'refused  *13  no price is stated' || fail 'p5: not 13 empty cells'
	"$COSTMARK" prices history p5.48xlarge --prices r.db >h.txt
	[ "$(wc -l <h.txt)" = 3 ] && grep -q '55.04 .* 2025-06-05 ' h.txt || fail "p5: $(cat h.txt)"
fi
printf 'instance,price\n' >nomoney.csv

# a scenario prices an option from it; what is not one offer is told
cat >s.yaml <<'Y'
title: Rented from the imported list
work: token
horizon: 12 month
inputs: {throughput: 500 token/s, peak_rate: 400 token/s, use: 50 %, staff_year: 1000 USD/year}
options:
  a: {kind: rent, inputs: {price_hour: {price: 'aws/zz9.48xlarge@on demand#us-east-1'}}}
Y
"$COSTMARK" tco s.yaml --prices p.db >t.txt 2>err.txt || fail "tco: $(cat err.txt)"
"$COSTMARK" explain s.yaml a.price_hour --prices p.db >e.txt 2>err.txt || fail "explain: $(cat err.txt)"
grep -q '4.0000000000 USD per hour.*newer.csv:14' e.txt || fail "explain reaches no file and line: $(cat e.txt)"
sed -i "s/zz9.48xlarge@on demand#us-east-1/p5.48xlarge@reserved 3y#us-east-1/" s.yaml
"$COSTMARK" tco s.yaml --prices p.db >t.txt 2>err.txt
[ $? = 2 ] && grep -q "names 2 imported offers.*no upfront.*partial upfront\|names 2 imported offers.*partial upfront.*no upfront" err.txt ||
	fail "two offers of one name: $(cat err.txt)"
sed -i "s/reserved 3y#/reserved 3y, partial upfront#/" s.yaml
"$COSTMARK" explain s.yaml a.price_hour --prices p.db >e.txt 2>err.txt || fail "explain: $(cat err.txt)"
grep -q '23.000000000000 USD per hour' e.txt && grep -q '302220 once, spread over 36 months' e.txt || fail "spread: $(cat e.txt)"

# broken input: one sentence with its place, exit 2, the store as it was
before=$(p list --vendor aws --json | cksum)
printf 'SKU,PricePerUnit\n' >a.csv
head -c 1500 "$f" >cut.csv
head -c 900 "$f" | gzip -c | head -c 300 >cut.gz
mkdir folder
while IFS='|' read -r want words; do
	# shellcheck disable=SC2086
	p $words >out.txt 2>err.txt
	rc=$?
	[ $rc = 2 ] && [ ! -s out.txt ] || fail "'$words' ended with $rc: $(cat out.txt err.txt)"
	grep -q "$want" err.txt && [ "$(wc -l <err.txt)" = 1 ] || fail "'$words': expected '$want' in $(cat err.txt)"
done <<'T'
did you mean 'aws_ec2'|import aws_ec3 a.csv
usage: costmark prices import|import aws_ec2
a.csv:1: the header has no column 'TermType'|import aws_ec2 a.csv
never closed|import aws_ec2 cut.csv
nomoney.csv:1: the header does not say the currency|import csv nomoney.csv
a.csv:1: the header has no column for the offer|import csv a.csv
the packed data ends early|import aws_ec2 cut.gz
No such file|import aws_ec2 missing.csv
is a folder|import aws_ec2 folder
T
[ "$before" = "$(p list --vendor aws --json | cksum)" ] || fail "a failed import changed the store"

# killed at any moment, the table is the old one or the new one
"$COSTMARK" prices import aws_ec2 "$f" --prices k.db >out.txt || fail "$(cat out.txt)"
awk 'NR <= 6 { print; next } NR <= 16 { row[NR] = $0 }
	END { for (i = 0; i < 3000; i++) for (k = 7; k <= 16; k++) { r = row[k]; sub(/P5OD/, "P" i, r); sub(/P5WIN/, "W" i, r); print r } }' \
	"$f" >large.csv
old=$("$COSTMARK" prices list --vendor aws --prices k.db --csv | wc -l)
for ms in 5 10 20 30 40 60 80 120 160 250; do
	"$COSTMARK" prices import aws_ec2 large.csv --scope 'aws/us-east-1/*' --prices k.db >out.txt 2>&1 &
	pid=$!
	sleep "0.$(printf %03d $ms)"
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
	now=$("$COSTMARK" prices list --vendor aws --prices k.db --csv | wc -l)
	[ "$now" = "$old" ] || [ "$now" -gt 10000 ] || fail "killed after $ms ms: $now lines, neither $old nor all"
done
exit 0
