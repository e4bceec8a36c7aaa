# Price lists: an EC2 offer file of BYTES (2 GB) with the real file's columns and quirks, read on one core, against
# Python's csv and Miller in the same run; and filters over a store of two million rows.
. "$SRC/tools/bench.d/common.bash"
BYTES=${BYTES:-2000000000}
core=$(($(nproc) - 1))
work=$(mktemp -d "${TMPDIR:-/tmp}/costmark-prices-XXXXXX")
trap 'rm -rf "$work"' EXIT
room=$(df --output=avail -B1 "$work" | tail -n 1)
[ "$room" -gt $((BYTES + 2000000000)) ] || skip prices "needs $((BYTES / 1000000000 + 2)) GB in ${TMPDIR:-/tmp}"

# The real header and real rows where ../shared has them, else the made ones of the tests. Each round has new SKUs.
real=$SRC/../shared/data/prices/aws/ec2_offer_global_sample_2025-09-12.csv
[ -f "$real" ] || real=$SRC/tests/data/prices/aws_ec2_small.csv
python3 - "$real" "$work/offers.csv" "$BYTES" <<'PY'
import re, sys
lines = open(sys.argv[1], "rb").read().splitlines()
head = next(i for i, l in enumerate(lines) if b"PricePerUnit" in l)
rows = b"\n".join(lines[head + 1:]) + b"\n"
size, n = 0, 0
skus = sorted(set(re.findall(rb'^"([^"]+)"', rows, re.M)), key=len, reverse=True)
with open(sys.argv[2], "wb") as f:
    f.write(b"\n".join(lines[:head + 1]) + b"\n")
    while size < int(sys.argv[3]):
        block = rows
        for k, s in enumerate(skus):
            block = block.replace(b'"' + s + b'"', b'"%08X%08X"' % (n, k)).replace(b'"' + s + b'.', b'"%08X%08X.' % (n, k))
        f.write(block)
        size, n = size + len(block), n + 1
PY
bytes=$(stat -c %s "$work/offers.csv")

# seconds COMMAND…: the fastest of three on one core, the file in the page cache.
seconds() {
	for rep in 1 2 3; do
		/usr/bin/env time -f '%e %M' -o "$work/time" taskset -c "$core" "$@" >"$work/out" 2>&1 || { cat "$work/out"; exit 1; }
		cat "$work/time"
	done | sort -g | head -n 1
}
rate() { awk -v b="$bytes" -v s="$1" 'BEGIN { print b / s / 1e6 }'; }
command -v time >/dev/null || [ -x /usr/bin/time ] || skip prices 'no time (apt-get install time)'
cat "$work/offers.csv" >/dev/null
read -r ours memory <<<"$(seconds "$COSTMARK" prices import aws_ec2 "$work/offers.csv" --dry-run)"
sed -n 's/^\(.*rows refused\)$/prices: \1/p' "$work/out"
say 'prices read' "$(rate "$ours")" MB/s 'what is asked' 250 1.0
say 'prices memory' "$(awk -v k="$memory" 'BEGIN { print k / 1024 }')" MiB 'what is allowed' 64 1.0 low
cat >"$work/peer.py" <<'PY'
import csv, sys
n = 0
with open(sys.argv[1], newline="") as f:
    r = csv.reader(f)
    for row in r:
        if "PricePerUnit" in row:
            break
    want = row.index("Product Family"), row.index("Tenancy"), row.index("Operating System")
    for row in r:
        n += row[want[0]] == "Compute Instance" and row[want[1]] == "Shared" and row[want[2]] == "Linux"
print(n)
PY
# The slow peers read a part of it, so that the run ends; their rate is of that part.
head -c $((bytes < 300000000 ? bytes : 300000000)) "$work/offers.csv" | sed '$d' >"$work/part.csv"
bytes_all=$bytes
bytes=$(stat -c %s "$work/part.csv")
read -r peer _ <<<"$(seconds python3 "$work/peer.py" "$work/part.csv")"
say 'prices read' "$(bytes=$bytes_all; rate "$ours")" MB/s "Python's csv" "$(rate "$peer")" 4
if command -v mlr >/dev/null; then
	tail -n +6 "$work/part.csv" >"$work/table.csv"
	read -r peer _ <<<"$(seconds mlr --icsv --ojson --allow-ragged-csv-input filter \
		'${Product Family} == "Compute Instance" && $Tenancy == "Shared" && ${Operating System} == "Linux"' then count "$work/table.csv")"
	say 'prices read' "$(bytes=$bytes_all; rate "$ours")" MB/s 'Miller' "$(rate "$peer")" 4
else
	echo 'prices: no Miller (apt-get install miller)'
fi
rm -f "$work"/*.csv

# Two million offers: 600 types in 34 regions, by system, tenancy and term, as the whole of EC2 has them.
awk 'BEGIN {
	print "SKU,OfferTermCode,RateCode,TermType,EffectiveDate,Unit,PricePerUnit,Currency,LeaseContractLength,PurchaseOption," \
		"Instance Type,Tenancy,Operating System,Region Code"
	split("Linux Windows RHEL SUSE", os); split("Shared Dedicated", ten); split("p5 p4d g6e g5 trn1 inf2 m7i c7i r7i x2idn", fam)
	for (n = 0; n < 2000000; n++) {
		t = n % 600; r = int(n / 600) % 34; v = int(n / 20400) % 98
		res = v >= 8
		printf "S%d,T,S%d.T.R,%s,202%d-%02d-01,Hrs,%d.%04d,USD,%s,%s,%s.%dxlarge,%s,%s,region-%02d\n", n, n, res ? "Reserved" : "OnDemand",
			n % 7, 1 + n % 12, 1 + n % 90, n % 9973, res ? "3yr" : "", res ? "No Upfront" : "", fam[1 + t % 10], 2 + int(t / 10),
			ten[1 + v % 2], os[1 + int(v / 2) % 4], r
	}
}' >"$work/million.csv"
"$COSTMARK" prices import aws_ec2 "$work/million.csv" --prices "$work/p.db" >"$work/out" || { cat "$work/out"; exit 1; }
sed -n '1s/^.*million.csv/prices: store/p' "$work/out"
while IFS='|' read -r what words; do
	# shellcheck disable=SC2086
	read -r t _ <<<"$(eval "seconds \"\$COSTMARK\" prices list $words --csv --prices \"$work/p.db\"")"
	say "prices filter $what" "$t" s "what is allowed" 0.2 1.0 low
done <<'T'
type, region|p5.48xlarge --region region-07 --vendor aws
type, term|p5.12xlarge --term 'on demand'
device, region|--device h100 --region region-11
region, term, date|--region region-03 --term 'on demand' --since 2026-06-01
words|inf2 region-21 reserved --until 2020-03-01
T
