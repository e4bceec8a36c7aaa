# Broken tables and wrong words: one sentence with file:line:column, exit 2, nothing on standard output.
fail() { echo "$*"; exit 1; }
mkdir -p d/vendors/x
export COSTMARK_DATA=$PWD/d
devices='vendor,device,memory_gb,source,source_date'
offers='vendor,offer,device,devices,description,price,currency,per,term,region,basis,source,effective,retrieved,valid_until'

refuses() { # EXPECTED-PART WORDS…
	local want=$1 got rc
	shift
	got=$("$COSTMARK" prices "$@" 2>&1 >out)
	rc=$?
	[ $rc = 2 ] || fail "'$*' ended with $rc, not 2: $got"
	[ ! -s out ] || fail "'$*' printed on standard output: $(cat out)"
	case $got in *"$want"*) ;; *) fail "expected '$want' in: $got" ;; esac
	[ "$(printf '%s\n' "$got" | wc -l)" = 1 ] || fail "more than one line: $got"
}
device() { printf '%s\n' "$devices" "$@" >d/vendors/x/devices.csv; rm -f d/vendors/x/offers.csv; }
offer() {
	printf '%s\n' "$devices" 'X,Big,80,sheet,2026' >d/vendors/x/devices.csv
	printf '%s\n' "$offers" "$@" >d/vendors/x/offers.csv
}
device 'X,Big,eighty,sheet,2026'
refuses "d/vendors/x/devices.csv:2:7: memory_gb is 'eighty': expected a number, or nothing" list
device 'X,Big,-80,sheet,2026'
refuses "devices.csv:2:7: memory_gb is '-80'" list
device 'X,,80,sheet,2026'
refuses 'devices.csv:2:3: device is empty' list
device 'X,Big,80,sheet'
refuses 'devices.csv:2:10: 4 cells, expected 5 as in the first row' list
device 'X,"Big,80,sheet,2026'
refuses 'devices.csv:2:3: the quote that opens here is never closed' list
device 'X,Big "one",80,sheet,2026'
refuses 'devices.csv:2:7: a quote inside a cell' list
device 'X,Big,80,sheet,24.11.2026'
refuses "devices.csv:2:16: source_date is '24.11.2026': expected a date like 2026-11-24" list
device 'X,Big,80,sheet,2026' 'X,big,80,sheet,2026'
refuses "devices.csv:3:1: the name 'big' also belongs to Big (d/vendors/x/devices.csv:2)" check
printf 'vendor,device,memory,source,source_date\n' >d/vendors/x/devices.csv
refuses "devices.csv:1:15: unknown column 'memory'" list
printf 'vendor,device,memory_gb,source\n' >d/vendors/x/devices.csv
refuses "devices.csv:1:1: column 'source_date' is missing" list
: >d/vendors/x/devices.csv
refuses 'devices.csv:1:1: the table is empty' list

offer 'x,a,Big,1,,"1,234.50",USD,hour,on demand,,listed,page,,2026,'
refuses "offers.csv:2:12: price is '1,234.50': expected a price like 98.32" list
offer 'x,a,Big,0,,1,USD,hour,on demand,,listed,page,,2026,'
refuses "offers.csv:2:9: devices is '0': expected a number above 0" list
offer 'x,a,Big,1,,1,USD,hour,on demand,,measured,page,,2026,'
refuses "basis is 'measured': expected listed, quoted, published or assumed" list
offer 'x,a,Big,1,,1,USD,hour,on demand,,listed,page,2026-02-30,2026,'
refuses "effective is '2026-02-30': expected a date" list

refuses "did you mean 'list'" lst
refuses "takes no further word, not 'all'" check all
refuses 'needs more'
COSTMARK_DATA=$PWD/nowhere refuses 'nowhere/vendors: No such file' list
