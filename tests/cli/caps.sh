# `costmark caps`: a sweep of power caps as a table and as JSON, priced, and wrong arguments.
fail() { echo "$*"; exit 1; }
cat >sweep.csv <<'CSV'
start_time,window_name,elapsed_time,gpu0_energy,gpu1_energy
1,sweep_300,100,20000,10000
2,sweep_200,110,14000,8000
3,sweep_100,300,15000,11000
CSV
"$COSTMARK" caps sweep.csv --energy-price '0.36 USD/kWh' --time-price '0.0036 USD/hour' --work 10 --json >doc.json || fail 'caps'
# 0.36 USD/kWh are 1e-7 USD/J, 0.0036 USD/hour 1e-6 USD/s: 30000 J and 100 s are 0.0031 USD, 22000 J and 110 s
# 0.00231, 26000 J and 300 s 0.0029; in ten units.
python3 - <<'PY' || fail "$(cat doc.json)"
import json
d = json.load(open('doc.json'))
assert d['schema'] == 'costmark.caps/1' and d['devices'] == 2 and d['scope'] == 'device' and d['money'] == 'USD', d
got = [(c['cap_w'], c['joules'], round(c['cost_per_unit'], 12)) for c in d['caps']]
assert got == [(300, 30000, 0.00031), (200, 22000, 0.000231), (100, 26000, 0.00029)], got
assert d['least_energy_w'] == 200 and d['least_cost_w'] == 200, d
PY
# Dear hours: the fastest is the cheapest, though not of least energy.
"$COSTMARK" caps sweep.csv --time-price '36 USD/hour' >out || fail 'text'
grep -q '^ *300 .*least cost$' out && grep -q '^ *200 .*least energy$' out || fail "$(cat out)"
"$COSTMARK" caps sweep.csv >out || fail 'no price'
grep -q 'not given' out && ! grep -q 'least cost' out || fail "$(cat out)"

# Prices of a scenario: plug_price = 0.2 USD/kWh x PUE 1.5 = 0.3 USD/kWh; work_hour: 365.25 x 24 h = 8766 h, all of them work, and
# 12 months of 730.5 USD of staff at no cost of capital: 1 USD/h.
cat >s.yaml <<'Y'
title: Caps
currency: USD
work: 1e6 token
horizon: 12 month
inputs: {peak_rate: 6000 token/s, discount_rate: 0 %, power_price: 0.2 USD/kWh, pue: 1.5, power_load: 1000 W, idle_share: 0 %,
  throughput: 6000 token/s, server_price: 0 USD, staff_year: 8766 USD/year, headroom: 0 %, availability: 100 %}
options:
  own: {kind: own, inputs: {facility_opex: 0 USD/kW/month}}
Y
"$COSTMARK" caps sweep.csv --scenario s.yaml --json >doc.json 2>err || fail "scenario: $(cat err)"
python3 - <<'PY' || fail "$(cat doc.json)"
import json
d = json.load(open('doc.json'))
want = [j * 0.3 / 3.6e6 + s / 3600 for j, s in ((30000, 100), (22000, 110), (26000, 300))]
for c, w in zip(d['caps'], want): assert abs(c['cost_per_unit'] / w - 1) < 1e-9, (c, w)
assert d['money'] == 'USD' and d['least_cost_w'] == 300 and 'option own of s.yaml' in d['prices'], d
PY
# Two devices of eight: a quarter of the hours' price.
"$COSTMARK" caps sweep.csv --scenario s.yaml --devices 8 --json >doc.json 2>err || fail "devices: $(cat err)"
python3 - <<'PY' || fail "$(cat doc.json)"
import json
c = json.load(open('doc.json'))['caps'][0]
w = 30000 * 0.3 / 3.6e6 + 100 / 3600 / 4
assert abs(c['cost_per_unit'] / w - 1) < 1e-9, (c, w)
PY

grep -q '^One try at a cap tells no spread' out || fail "$(cat out)"

# Caps whose intervals overlap are not told apart, and no false winner is named (arithmetic: bands() in test_power_caps.c).
cat >tries.csv <<'CSV'
cap_w,seconds,joules
300,10,1000
200,11,990
100,20,1200
300,10,1010
200,11,1000
100,20,1200
300,10,1020
200,11,1010
100,20,1200
CSV
prices=(--energy-price '0.36 USD/kWh' --time-price '0.0072 USD/hour')
"$COSTMARK" caps tries.csv "${prices[@]}" >out || fail 'tries'
[ "$(grep -c 'among the least energy, among the least cost$' out)" = 2 ] || fail "$(cat out)"
grep -q '^Not told apart as the cap of least cost (their 95 % intervals overlap): 300 W, 200 W\.$' out || fail "$(cat out)"
"$COSTMARK" caps tries.csv "${prices[@]}" --json >doc.json || fail 'tries'
python3 - <<'PY' || fail "$(cat doc.json)"
import json
d = json.load(open('doc.json'))
assert (d['least_energy_w'], d['least_energy_alike_w'], d['least_cost_w'], d['least_cost_alike_w']) == (200, [300], 300, [200]), d
assert d['least_cost_spread_known'] and abs(d['caps'][0]['cost_per_unit_half'] - 24.84138e-7) < 1e-10, d
PY
printf 'cap_w,seconds,joules\n300,10,100\n200,12,100\n' >equal.csv
"$COSTMARK" caps equal.csv >out || fail 'equal'
[ "$(grep -c 'among the least energy$' out)" = 2 ] && grep -q 'least energy (the same figure): 300 W, 200 W' out || fail "$(cat out)"
head -2 equal.csv >one.csv
"$COSTMARK" caps one.csv "${prices[@]}" >out || fail 'one cap'
grep -q ' least energy, least cost$' out && ! grep -q '^One try' out || fail "$(cat out)"

refuse() { # PART WORDS…
	local want=$1 got rc
	shift
	got=$("$COSTMARK" caps "$@" 2>&1 >out)
	rc=$?
	[ $rc = 2 ] || fail "caps $*: ended with $rc: $got"
	case $got in *"$want"*) ;; *) fail "caps $*: $got" ;; esac
	[ ! -s out ] || fail "caps $*: printed $(cat out)"
}
refuse 'one currency' sweep.csv --energy-price '1 EUR/kWh' --time-price '1 USD/hour'
refuse 'a price such as' sweep.csv --energy-price '1 USD/hour'
refuse 'a price such as' sweep.csv --time-price '-1 USD/hour'
refuse 'units above 0' sweep.csv --work x
printf 'cap_w,seconds,joules\n300,1,x\n' >bad.csv
refuse 'bad.csv:2:7:' bad.csv
refuse 'no-such' no-such.csv
refuse 'leave --energy-price' sweep.csv --scenario s.yaml --energy-price '1 USD/kWh'
refuse 'add --scenario' sweep.csv --option own
refuse 'add --scenario' sweep.csv --devices 8
refuse 'at least as many' sweep.csv --scenario s.yaml --devices 1
refuse "no option 'two' with servers" sweep.csv --scenario s.yaml --option two
sed 's/^  own: \(.*\)/  own: \1\n  more: \1/' s.yaml >two.yaml
refuse 'name one: --option more' sweep.csv --scenario two.yaml
exit 0
