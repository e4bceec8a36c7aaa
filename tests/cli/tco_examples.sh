# Every worked example answers its question: its expectations hold, its verdict names what it expects, and
# each says in its first comment what it asks and how to run it. Some figures are checked by hand here.
fail() { echo "$*"; exit 1; }
export COSTMARK_DATA=$SRC
n=0
for f in "$SRC"/examples/*.yaml; do
	name=$(basename "$f" .yaml)
	grep -q '^expect:' "$f" || fail "$name expects nothing"
	sed -n '1,/^[^#]/p' "$f" | grep -q "costmark [a-z]* examples/$name.yaml" ||
		fail "$name does not say how to run it"
	"$COSTMARK" tco "$f" >"$name.out" 2>err || fail "$name: $(cat err; grep '^  NO' "$name.out")"
	[ ! -s err ] || fail "$name: $(cat err)"
	n=$((n + 1))
done
[ $n -ge 7 ] || fail "only $n examples"
for name in own-or-rent nvidia-or-amd api-or-self-host laptop-or-cloud train-a-model vector-search \
	who-can-afford-it; do
	head -n 1 "$SRC/examples/$name.yaml" | grep -q '^# Question: ' || fail "$name asks nothing"
	grep -q ' costs least: ' "$name.out" || fail "$name has no verdict"
	# every value that is not looked up says where it is from
	grep -E '\{value: ' "$SRC/examples/$name.yaml" | grep -v 'source:' && fail "$name: no source"
done
grep -q 'left out: its quality score is below the need' api-or-self-host.out || fail "no exclusion"
grep -q 'left out: its quality score is below the need' vector-search.out || fail "no exclusion"
"$COSTMARK" explain "$SRC/examples/api-or-self-host.yaml" small_rented.good >out
grep -q 'model-quality.csv:[0-9]' out || fail "the score has no source: $(cat out)"
python3 - "$COSTMARK" "$SRC" <<'PY' || exit 1
import subprocess, sys
def figure(example, name):
    r = subprocess.run([sys.argv[1], 'explain', f'{sys.argv[2]}/examples/{example}.yaml', name],
                       capture_output=True, text=True, check=True)
    return float(r.stdout.split(' = ', 1)[1].split()[0])
def is_(example, name, want):
    got = figure(example, name)
    assert abs(got - want) <= 1e-8 * abs(want), (example, name, got, want)
is_('train-a-model', 'energy', 1.46e6 * 700 * 1.821 * 0.75 * 1.25 / 1e6)
is_('train-a-model', 'cloud.training_cost', 1.46e6 / 0.75 * 1.30)
is_('train-a-model', 'own.training_cost',
    1.46e6 / 0.75 * 250141.8 / 8 * 0.32 / 8766 / 0.81 + 1744.7456e3 * 0.0826 +
    (1.46e6 * 700 * 1.821 * 0.75 * 1.25 / 1e3 - 1744.7456e3) * 0.0826)
is_('laptop-or-cloud', 'box.throughput', 273 * 0.75 / 42.5)
is_('vector-search', 'managed.price_call', 2e6 * 5096 / 1e9 * 20e-6)
m = figure('who-can-afford-it', 'state.capital_month')
assert abs((1 + m) ** 12 - 1.035) < 1e-6  # printed with ten digits
hw = 100 * 250141.8 * 0.95
level = hw * m / (1 - (1 + m) ** -60)
got = figure('who-can-afford-it', 'state.buy_servers')
assert abs(got - 60 * level) < 1e-4 * got, (got, 60 * level)
# Azure's four reserved servers: 36 months of hours at the row's price, discounted month by month
r = 1.08 ** (1 / 12) - 1
pv = sum(4 * 730.5 * 43.16 / (1 + r) ** t for t in range(1, 37))
staff = sum(50000 / 12 / (1 + r) ** t for t in range(1, 37))
got = figure('own-or-rent', 'azure_3y.npv')
assert 0 <= got - pv - staff < 0.01 * got, (got, pv + staff)
PY
