# Prices, device facts and cells of a buyer's own table, from an expression and from an input.
fail() { echo "$*"; exit 1; }
export COSTMARK_DATA=$SRC
cat >m.csv <<'E'
model,mmlu [%],size,source,retrieved,basis
small,68.4,8 GB,a page,2026-01-01,published
large,86.0..88.6,140 GB,a page,2026-01-02,listed
empty,,1 GB,,,
E
cat >t.yaml <<'E'
currency: USD
horizon: 12 month
inputs:
  q: {table: m.csv, row: large, column: mmlu}
figures: |
  hour = price("aws/p5.48xlarge@on demand") * 1 [h] : USD
  twice = price("aws/p5.48xlarge@on demand") * 2 [h] / hour : 1
  watts = device("H100 SXM5 80GB", "tdp_w") : W
  score = table("m.csv", "small", "mmlu") + q : %
  size = table("m.csv", "large", "size") : GB
expect:
  hour: 55.04 USD within 0
  twice: 2 within 0
  watts: 700 W within 0
  score: 155.7 % within 1e-9
  size: 140 GB within 0
E
"$COSTMARK" tco t.yaml >out 2>err || fail "ended with $?: $(cat err; grep ' NO ' out)"
"$COSTMARK" explain t.yaml score >out || fail "explain ended with $?"
grep -q 'table small, mmlu: 68.4, a page, read 2026-01-01, m.csv:2' out || fail "no origin: $(cat out)"
grep -q 'from 86 to 88.6 %' out || fail "the cell's range is lost"
"$COSTMARK" explain t.yaml hour >out
grep -q 'aws/offers.csv:[0-9]' out || fail "no row of the price: $(cat out)"
wrong() { # SED SENTENCE
	sed "$1" t.yaml >w.yaml
	"$COSTMARK" tco w.yaml >out 2>err
	[ $? = 2 ] || fail "$1 did not end with 2"
	grep -qF "$2" err || fail "$1 says $(cat err), expected $2"
}
wrong 's/"small", "mmlu"/"smal", "mmlu"/' "w.yaml:9:26: m.csv has no row 'smal' (did you mean 'small'?)"
wrong 's/"small", "mmlu"/"small", "mmul"/' "w.yaml:9:35: m.csv has no column 'mmul'"
wrong 's/"small", "mmlu"/"empty", "mmlu"/' "m.csv:4 does not state 'mmlu' of 'empty'"
wrong 's/m.csv", "small"/n.csv", "small"/' "cannot read the table n.csv"
wrong 's/price("aws/price("asw/' "did you mean 'aws/p5.48xlarge'"
wrong 's/price("/prise("/' "unknown function 'prise' (did you mean 'price'?)"
wrong 's/table("m.csv", "large", "size")/table("m.csv")/' 'expected table("FILE.csv", "ROW", "COLUMN")'
wrong 's/, column: mmlu}/}/' "expected 'row: NAME' and 'column: NAME' beside table"
echo 'small,1,1 GB,,,' >>m.csv
wrong 's/x/x/' "m.csv:5: a second row 'small'"
