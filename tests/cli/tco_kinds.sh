# One option of every kind for the same work: each shipped model evaluates, and each of its lines can be
# explained.
fail() { echo "$*"; exit 1; }
export COSTMARK_DATA=$SRC
cat >s.yaml <<'Y'
title: One of each kind
work: token
horizon: 36 month
inputs:
  peak_rate: 1000 token/s
  throughput: 500 token/s
  use: 50 %
  staff_year: 1000 USD/year
  power_price: 0.1 USD/kWh
  power_load: 1 kW
  server_price: 20000 USD
  users: 20
  user_rate: 50 token/s
  tax_rate: 25 %
  grid_carbon: 0.3 kg/kWh
  embodied_carbon: 1000 kg
  carbon_price: 80 USD/t
options:
  own: {kind: own, inputs: {servers: 3, facility_opex: 40 USD/kW/month, facility_capex: 10 USD/W}}
  colo: {kind: colo, inputs: {servers: 3, hosting_price: 150 USD/kW/month}}
  rent: {kind: rent, inputs: {price_hour: 3 USD/h}}
  spot:
    kind: rent
    inputs:
      price_hour: 1.5 USD/h
      interruption_rate: 0.05 1/h
      checkpoint_time: 5 min
      restart_time: 10 min
  api: {kind: api, inputs: {price_in: 1 USD/(1e6 token), price_out: 4 USD/(1e6 token)}}
  local: {kind: local, inputs: {on_share: 30 %}}
  service: {kind: service, inputs: {price_call: 1e-6 USD/token}}
  pool:
    kind: pool
    inputs: {job: 500 token, wait_most: 2 s, hosting_price: 150 USD/kW/month}
Y
"$COSTMARK" tco s.yaml --json >out.json || fail "ended with $?"
python3 - <<'PY' || exit 1
import json, math
d = json.load(open('out.json'))
kinds = {o['name']: o for o in d['options']}
assert len(kinds) == 8, kinds.keys()
for n, o in kinds.items():
    assert not o['excluded'], (n, o['excluded_why'])
    assert o['npv']['value'] > 0 and o['cost_per_unit']['value'] > 0, n
# Young's interval: saving every sqrt(2 c/rate) costs sqrt(2 c rate), and each restart its time
lost = math.sqrt(2 * (5 / 60) * 0.05) + 0.05 * 10 / 60
ratio = kinds['rent']['lines']['on_demand']['total']['value'] / kinds['spot']['lines']['on_demand']['total']['value']
assert abs(ratio - 2 * (1 - lost)) < 1e-9, (ratio, 2 * (1 - lost))
# tokens: 500 token/s, half in at 1, half out at 4 USD/Mtoken
seconds = 36 * 730.5 * 3600
assert abs(kinds['api']['lines']['tokens']['total']['value'] - 500 * seconds * 2.5e-6) < 1e-6
assert 'tax' in kinds['own']['lines'] and 'carbon' in kinds['own']['lines']
assert kinds['own']['lines']['tax']['total']['value'] < 0
PY
for o in own colo rent api service local pool; do
	for line in $(sed -n 's/^\(cost \|fixed \|need \)\?\([a-z_][a-z_0-9]*\) = .*/\2/p' \
		"$SRC/reports/model/$o.model" "$SRC/reports/model/common.part"); do
		"$COSTMARK" explain s.yaml "$o.$line" >out 2>err || fail "$o.$line: $(cat err)"
		grep -q "$line = " out || fail "$o.$line is not told: $(head -n 3 out)"
	done
done
