# Watts of results in a scenario: with their scope, only in a line that counts at that scope, published or measured.
fail() { echo "$*"; exit 1; }
export XDG_DATA_HOME=$PWD
cat >map.yaml <<'Y'
rows:
  suite: {text: power study}
  benchmark: {column: work}
  device_as_written: {text: NVIDIA H100-SXM-80GB}
  devices: {text: "8"}
  power_w: {column: watts}
  power_scope: {column: at}
values:
  - {column: rate, metric: throughput, unit: token/s, better: higher}
Y
cat >study.csv <<'C'
work,rate,watts,at
cards,6000,5200,GPU boards
plug,6000,8100,"wall, whole system"
C
"$COSTMARK" import csv study.csv --map map.yaml >out 2>err || fail "import: $(cat err)"
scenario() { # KIND LINE-OF-INPUTS
	cat <<Y
title: Scopes
currency: USD
work: 1e6 token
horizon: 12 month
inputs: {use: 60 %, peak_rate: 6000 token/s}
options:
  own:
    kind: $1
    inputs:
      {throughput: 6000 token/s, server_price: 20000 USD, power_price: 0.1 USD/kWh, staff_year: 1000 USD/year,
       facility_opex: 1 USD/kW/month}
    $2
Y
}
own() { scenario "$1" "" | sed "s|facility_opex: 1 USD/kW/month}|facility_opex: 1 USD/kW/month, $2}|" >s.yaml; }
lift='host_share: 25 %, fan_share: 8 %, psu_efficiency: 94 %'
value() { "$COSTMARK" explain s.yaml own.power_load 2>err | sed -n 's/^own.power_load = \([0-9.]*\) W.*/\1/p'; }
near() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a > 0 && (a / b - 1) ^ 2 < 1e-10) }'; }

own own_metered "$lift"', device_power: {published: {benchmark: cards}, of: power}'
near "$(value)" "$(awk 'BEGIN { printf "%.9f", 5200 * 1.25 * 1.08 / 0.94 }')" || fail "lifted: $(value) $(cat err)"
"$COSTMARK" explain s.yaml own.device_power >why 2>err
grep -q 'metered: GPU boards' why || fail "the scope is not told: $(cat why err)"
own own 'power_load: {published: {benchmark: plug}, of: power}'
near "$(value)" 8100 || fail "of the wall: $(value) $(cat err)"

refused() { # WHAT PATTERN
	"$COSTMARK" tco s.yaml >out 2>err
	[ $? = 2 ] && grep -q "^costmark: s.yaml:[0-9]*:[0-9]*: .*$2" err && [ "$(wc -l <err)" = 1 ] ||
		fail "$1: $(cat out err)"
}
own own 'power_load: {published: {benchmark: cards}, of: power}'
refused 'cards at the plug' "'power_load' is power at the wall, but .*(GPU boards): give it as 'device_power'"
own own_metered "$lift"', device_power: {published: {benchmark: plug}, of: power}'
refused 'the plug lifted' "'device_power' is lifted to the wall, but .*(wall, whole system): give it as 'power_load'"

# A measured one: a counter that rises by 100 W, of the package.
zone=tree/sys/class/powercap/intel-rapl:0
mkdir -p $zone tree/proc
printf 'package-0\n' >$zone/name
printf '262143328850\n' >$zone/max_energy_range_uj
printf '1000000000\n' >$zone/energy_uj
cp /proc/cpuinfo /proc/meminfo tree/proc/
python3 - $zone/energy_uj <<'PY' &
import os, sys, time
path, begin = sys.argv[1], time.monotonic()
while os.getppid() != 1:
    with open(path + ".new", "w") as f:
        f.write(f"{1000000000 + int((time.monotonic() - begin) * 100e6)}\n")
    os.rename(path + ".new", path)
    time.sleep(0.001)
PY
writer=$!
"$COSTMARK" run --kernel triad --backend host --size 100000 --launches 1 --budget 5s --ci 0.0001 --seed 1 \
	--sysfs-root tree --json >doc.json 2>err
rc=$?
kill $writer
[ $rc = 0 ] || [ $rc = 4 ] || fail "run: $rc $(cat err)"
own own_metered "$lift"', device_power: {result: triad/fp64@host, of: watts}'
python3 - "$(value)" <<'PY' || fail "measured watts: $(value) $(cat err)"
import json, sys
row = json.load(open("doc.json"))["rows"][0]
watts = row["watts"]
assert abs(float(sys.argv[1]) / (watts * 1.25 * 1.08 / 0.94) - 1) < 1e-6, (sys.argv, watts)
assert 40 < watts < 250, watts    # the rise is by time, 100 W; a busy machine stalls its writer
PY
"$COSTMARK" explain s.yaml own.device_power >why 2>err
grep -q 'gross energy, metered at package, powercap' why || fail "the meter is not told: $(cat why err)"
own own 'power_load: {result: triad/fp64@host, of: watts}'
refused 'the package at the plug' "'power_load' is power at the wall, but .*(package, powercap)"
scenario own 'lines: "power_load = 2 * result(\"triad/fp64@host\", \"watts\") : W"' >s.yaml
refused 'in a formula' "'power_load' is power at the wall, but .*(package, powercap)"
scenario own 'lines: "lift = 1.7 : 1\npower_load = lift * result(\"triad/fp64@host\", \"watts\") : W"' >s.yaml
"$COSTMARK" tco s.yaml >out 2>err || fail "lifted by a stated factor of one's own: $(cat err)"
own own 'power_load: {result: triad/fp64@host, of: amperes}'
refused 'amperes' "expected rate, joules or watts, found 'amperes'"
