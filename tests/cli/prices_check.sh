# Tables with mistakes: each check finds its row and names FILE:LINE; exit 1. Warnings alone: exit 0.
fail() { echo "$*"; exit 1; }
export SOURCE_DATE_EPOCH=1795478400 # 2026-11-24
mkdir -p d/vendors/x
export COSTMARK_DATA=$PWD/d
echo 'vendor,device,memory_gb,source,source_date
X,Big 1,80,sheet,2026-01
X,Big 2,40,sheet,2026-01' >d/vendors/x/devices.csv
head='vendor,offer,device,devices,description,price,currency,per,term,region,basis,source,effective,retrieved,valid_until'
good='x,node,Big 1,8,,80.00,USD,hour,on demand,r1,listed,page,2026-11-01,2026-11-01,'
table() { { echo "$head"; echo "$good"; cat; } >d/vendors/x/offers.csv; }

finds() { # EXIT EXPECTED-PART
	local rc
	"$COSTMARK" prices check >out.txt 2>err.txt
	rc=$?
	[ $rc = "$1" ] || fail "ended with $rc, not $1: $(cat out.txt err.txt)"
	grep -qF -- "$2" out.txt || fail "expected '$2' in: $(cat out.txt)"
}
table </dev/null
finds 0 '1 offers checked: 0 problems, 0 warnings'
table <<<'x,free,Big 1,1,,0,USD,hour,on demand,r1,listed,page,,2026-11-01,'
finds 1 'offers.csv:3: x/free@on demand#r1: the price is 0'
table <<<'x,a,Big 3,1,,1,USD,hour,on demand,r1,listed,page,,2026-11-01,'
finds 1 "offers.csv:3: no table knows the device 'Big 3' of x (1 price): did you mean 'Big 1'?"
table <<<'x,a,Big 1,1,,1,,hour,on demand,r1,listed,page,,2026-11-01,'
finds 1 'offers.csv:3: x/a@on demand#r1: the currency is missing'
table <<<'x,a,Big 1,1,,1,Dollar,hour,on demand,r1,listed,page,,2026-11-01,'
finds 1 "'Dollar' is not a currency of ISO 4217"
table <<<'x,a,Big 1,1,,1,US,hour,on demand,r1,listed,page,,2026-11-01,'
finds 1 "'US' is not a currency of ISO 4217"
table <<<'x,a,Big 1,1,,1,USD,huor,on demand,r1,listed,page,,2026-11-01,'
finds 1 "per: unknown unit 'huor'"
table <<<'x,node,Big 1,8,,79,USD,hour,on demand,r1,listed,page,,2026-11-01,'
finds 1 'offers.csv:3: x/node@on demand#r1: the same offer stands at d/vendors/x/offers.csv:2 with another price, 80.00 beside 79'
table <<<'x,a,Big 1,1,,1,USD,hour,on demand,r1,quoted,letter,,2026-11-01,2026-11-20'
finds 1 'offers.csv:3: x: 1 price has ended, such as x/a@on demand#r1 on 2026-11-20'
table <<<'x,a,Big 1,1,,1,USD,hour,on demand,r1,listed,page,,2027-01-01,'
finds 1 'retrieved on 2027-01-01, which is still to come'
table <<'T'
x,b,Big 1,1,,9,USD,hour,on demand,,listed,page,,2026-11-01,
x,c,Big 1,1,,11,USD,hour,on demand,,listed,page,,2026-11-01,
x,node-as-device,Big 1,1,,88,USD,hour,on demand,,listed,page,,2026-11-01,
T
finds 1 'offers.csv:5: x/node-as-device@on demand: 88 USD a device is 8.8 times the median of 3 other offers of Big 1'
table <<<'x,old,Big 1,1,,1,USD,hour,spot,r1,listed,page,,2026-01-01,'
finds 0 'offers.csv:3: warning: stale: 1 of 2 prices of this table are of more than 90 days ago, the oldest of 2026-01-01'
table <<<'x,node,Big 1,8,,81,USD,hour,spot,r1,listed,page,,2026-11-01,'
finds 0 'warning: x/node@spot#r1: spot at 81 is above on demand at 80.00 (d/vendors/x/offers.csv:2)'

"$COSTMARK" prices check --json >out.json || fail "--json ended with $?"
for want in '"schema": "costmark.prices-check/1"' '"problems": []' '"warnings": [' '"line": 3,' \
	'"offers_checked": 2'; do
	grep -qF "$want" out.json || fail "no $want in: $(cat out.json)"
done
