# explain goes down to the price row's file and line, and says who is near when a figure is unknown.
fail() { echo "$*"; exit 1; }
export COSTMARK_DATA=$SRC
s=$SRC/examples/own-or-rent.yaml
"$COSTMARK" explain "$s" own.npv >out || fail "ended with $?"
grep -q 'offers.csv:[0-9]' out || fail "no price row: $(head out)"
grep -q 'hardware.part:[0-9]' out || fail "no line of the model"
grep -q 'told above' out || fail "a line is told twice"
line=$(grep -o 'vendors/lenovo/offers.csv:[0-9]*' out | head -n 1)
sed -n "${line##*:}p" "$SRC/${line%%:*}" | grep -q '250141.8' || fail "$line is not the price row"
"$COSTMARK" explain "$s" cost_per_unit >out || fail "a line of every option ended with $?"
[ "$(grep -c '^[a-z_0-9]*\.cost_per_unit = ' out)" = "$(grep -c "^    kind: " "$s")" ] || fail "not every option: $(grep -c . out)"
"$COSTMARK" explain "$s" own.npv --json >out || fail "--json ended with $?"
grep -q '"schema": "costmark.explain/1"' out || fail "no schema"
"$COSTMARK" explain "$s" own.nvp >out 2>err
[ $? = 2 ] || fail "an unknown figure did not end with 2"
grep -q "did you mean 'own.npv'" err || fail "no suggestion: $(cat err)"
