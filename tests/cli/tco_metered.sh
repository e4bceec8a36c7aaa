# Power of devices lifted to the wall: the arithmetic by hand, factors as inputs, and no guess where none is given.
fail() { echo "$*"; exit 1; }
cat >s.yaml <<'Y'
title: Lifted
currency: USD
work: 1e6 token
horizon: 12 month
inputs:
  use: 60 %
  peak_rate: 6000 token/s
  device_power: {value: 5200 W, basis: published, source: "8 x 650 W at the devices"}
  host_share: 25 %
  fan_share: 8 %
  psu_efficiency: 94 %
options:
  own: {kind: own_metered, inputs: {throughput: 6000 token/s, server_price: 20000 USD, power_price: 0.1 USD/kWh,
    staff_year: 1000 USD/year, facility_opex: 1 USD/kW/month}}
Y
"$COSTMARK" explain s.yaml own.power_load --json >x.json || fail "explain ended with $?"
python3 - <<'P' || fail "$(head -c 600 x.json)"
import re
text = open("x.json").read()
want = 5200 * 1.25 * 1.08 / 0.94
found = float(re.search(r'own\.power_load = ([0-9.]+) W', text)[1])
assert abs(found / want - 1) < 1e-8, (want, found)
assert "psu_efficiency" in text and "host_share" in text and "fan_share" in text
P
sed '/device_power/d' s.yaml >none.yaml
"$COSTMARK" tco none.yaml >out 2>err
[ $? = 2 ] && grep -q "needs the input 'device_power'" err || fail "without the devices' power: $(cat out err)"
exit 0
