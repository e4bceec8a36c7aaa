# docs/models.md names every function and every kind of the language, and no function that there is not.
fail() { echo "$*"; exit 1; }
d=$SRC/docs/models.md
sed -n 's/^\t{ "\([a-z_0-9]*\)", [0-9].*/\1/p' "$SRC/reports/model/func.c" >names
sed -n 's/^\t"\([a-z_0-9]*\)(.*) =.*/\1/p' "$SRC/reports/model/func_written.c" |
	grep -v '^ddb_book$\|^payback_at$\|^declining_' >>names
[ "$(wc -l <names)" -gt 60 ] || fail "only $(wc -l <names) functions found"
while read -r f; do
	case $f in and|or|not|neg|'') continue ;; esac
	grep -qE "(^|[^a-z_0-9])$f([^a-z_0-9]|$)" "$d" || fail "$f is not told in docs/models.md"
done <names
for k in "$SRC"/reports/model/*.model; do
	k=$(basename "$k" .model)
	grep -q "^| \`$k\`" "$d" || fail "kind $k is not told in docs/models.md"
done
# every example in it parses: the scenario of the last section with one option of each name
cat >s.yaml <<'E'
work: token
options:
  own: {kind: own, inputs: {throughput: 6000 token/s, server_price: 20000 USD, power_load: 1 kW,
        power_price: 0.1 USD/kWh, facility_opex: 40 USD/kW/month, staff_year: 0 USD/year}}
  rent: {kind: rent, inputs: {throughput: 6000 token/s, price_hour: 99 USD/h, staff_year: 0 USD/year}}
E
sed -n '/^```yaml/,/^```/p' "$d" | sed '/^```/d; /^expect/d' >>s.yaml
"$COSTMARK" tco s.yaml >out 2>err || fail "the page's scenario: $(cat err)"
