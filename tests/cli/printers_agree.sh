# Every printer of the model graph gives what C gives, to 1e-9 relative, for every named line of every
# shipped kind and example on random inputs. Sentences go to stdout.
fail() { echo "$*"; exit 1; }
export COSTMARK_DATA=$SRC
command -v node >/dev/null || { echo 'no node on this machine'; exit 77; }
T=$SRC/tests/printers
scenarios=("$T/kinds.yaml" "$T/language.yaml" "$SRC"/examples/*.yaml "$SRC"/examples/published/*.yaml)
n=${#scenarios[@]}
"$SRC/$B/tests/printers/printers" . 20261 4 "${scenarios[@]}" || fail "printers ended with $?"
node "$T/compare.js" . "$n" script || fail 'the script differs from C'

# the comparison finds a difference of 1e-8
sed -i 's/Math\.exp(/1.0000002*Math.exp(/' 1.js
node "$T/compare.js" . "$n" script >off.txt && fail 'a script that is off by 1e-8 passed'
grep -q 'language.yaml: draw 0: it.logs' off.txt || fail "the difference is not named: $(cat off.txt)"
