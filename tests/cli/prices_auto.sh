# The format's word: a whole name with '-' or '_', a family's, or auto; what lies in the file decides, also in a packed pipe.
fail() { echo "$*"; exit 1; }
data=$SRC/tests/data/prices
takes() { # WORD FILE FORMAT
	"$COSTMARK" prices import "$1" "$2" --dry-run >out 2>err || fail "$1 $2 ended with $?: $(cat err)"
	grep -q "not stored ($3," out || fail "$1 $2 is not $3: $(cat out)"
}
refuses() { # EXPECTED-PART WORD FILE
	"$COSTMARK" prices import "$2" "$3" --prices r.db >out 2>err
	[ $? = 2 ] && [ ! -s out ] && grep -qF "$1" err || fail "$2 $3: $(cat out err)"
}
printf '{"vendor":"a","models":[{"id":"m","name":"M","price_history":[{"input":1,"output":2,"from_date":null,"to_date":null}]}]}' >llm.json
printf 'InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,Price,Region\nbig,L4,1,4,16,0.5,east\n' >x_vms.csv
printf '{"Items":[{"currencyCode":"USD","retailPrice":1,"unitPrice":1}]}' >az.json
{ printf 'EndTimestamp,InstanceID,AssetClass,MarketPriceHourly\n'; cat x_vms.csv; } >two.csv
takes aws "$data/aws_ec2_small.csv" aws_ec2
takes auto "$data/aws_ec2_small.csv" aws_ec2
takes LLM-prices llm.json llm_prices
takes auto llm.json llm_prices
takes auto x_vms.csv skypilot
takes azure az.json azure_retail
gzip -c "$data/aws_ec2_small.csv" | takes auto - aws_ec2
takes aws_ec2 - aws_ec2 <"$data/aws_ec2_small.csv"
refuses "x_vms.csv: its first 64 KiB tell no format of 'aws'" aws x_vms.csv
refuses "two.csv: may be 'opencost' or 'skypilot'; give one of them instead of 'auto'" auto two.csv
refuses "no price format 'asw_ec2'; did you mean 'aws_ec2'?" asw_ec2 x_vms.csv
[ ! -e r.db ] || [ "$("$COSTMARK" prices list --prices r.db --csv big | wc -l)" -le 1 ] || fail 'a refused file left rows'
"$COSTMARK" prices diff aws "$data/aws_ec2_small.csv" "$data/aws_ec2_small.csv" >out 2>err || fail "diff: $(cat err)"
grep -q '0 moved, 0 new, 0 gone' out || fail "diff: $(cat out)"
