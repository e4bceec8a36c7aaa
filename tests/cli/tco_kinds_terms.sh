# Terms of the kinds against arithmetic done by hand: reservations by payment, savings plans, repairs,
# tax in equal parts, quality, waiting, managed services, carbon of what is rented.
fail() { echo "$*"; exit 1; }
export COSTMARK_DATA=$SRC
cat >s.yaml <<'Y'
work: token
horizon: 48 month
inputs:
  discount_rate: 0 %
  peak_rate: 1000 token/s
  use: 50 %
  staff_year: 0 USD/year
  throughput: 1000 token/s
  availability: 100 %
  waste: 0 %
  network_share: 0 %
  storage_share: 0 %
  maintenance_share: 0 %
  value_loss: 100 %
  power_load: 1 kW
  idle_share: 20 %
  pue: 1
  power_price: 0 USD/kWh
  server_price: 10000 USD
  facility_opex: 0 USD/kW/month
  tax_rate: 30 %
  carbon_price: 100 USD/t
options:
  none: {kind: rent, inputs: {price_hour: 4 USD/h, reserved: 1, reserved_price: 2 USD/h, carbon_hour: 0.5 kg/h}}
  part: {kind: rent, inputs: {price_hour: 4 USD/h, reserved: 1, reserved_price: 2 USD/h, upfront_share: 50 %}}
  all: {kind: rent, inputs: {price_hour: 4 USD/h, reserved: 1, reserved_price: 2 USD/h, upfront_share: 100 %, reserved_term: 12 month}}
  plan: {kind: rent, inputs: {price_hour: 4 USD/h, plan_hour: 1 USD/h, plan_discount: 50 %}}
  idle_plan: {kind: rent, inputs: {price_hour: 4 USD/h, plan_hour: 9 USD/h, plan_discount: 50 %}}
  own: {kind: own, inputs: {failure_rate: 0.5 1/year, repair_price: 200 USD, demand_charge: 10 USD/kW/month}}
  parts: {kind: own, inputs: {tax_equal_parts: 1, rack_capex: 12000 USD, racks: 2}}
  service:
    kind: service
    inputs: {price_call: 1e-6 USD/token, stored: 100 GB, storage_price: 0.2 USD/GB/month, base_fee: 10 USD/month,
             units: 2, unit_price: 0.1 USD/h, support_share: 10 %}
  small: {kind: service, inputs: {rate_limit: 999 token/s}}
  poor: {kind: service, inputs: {quality: 60, quality_needed: 70, price_call: 1e-9 USD/token}}
  desk: {kind: local, inputs: {user_rate: 1000 token/s, waiting_price: 36 USD/h, owner_time: 1 h/month, owner_wage: 50 USD/h}}
Y
"$COSTMARK" tco s.yaml --json >out.json || fail "ended with $?"
python3 - <<'PY' || exit 1
import json
d = json.load(open('out.json'))
o = {x['name']: x for x in d['options']}
H, M = 730.5, 48
def line(option, name):
    return o[option]['lines'][name]
def is_(got, want, what):
    assert abs(got - want) <= 1e-9 * abs(want) + 1e-9, (what, got, want)
# 36 months in full and 12 of the second term; the total is the same however it is paid
for n in ('none', 'part', 'all'):
    is_(line(n, 'reservation')['total']['value'], 2 * H * M, n)
is_(o['none']['cash'][0], 0, 'no upfront')
is_(line('part', 'reservation')['by_year'][0], 0.5 * 2 * H * 36 + 0.5 * 2 * H * 12, 'half of the term at once')
is_(sum(line('all', 'reservation')['by_year']), 2 * H * M, 'renewed each year')
# a plan of 1 USD/h at half price pays for half an instance hour in each hour: what is asked for
is_(line('plan', 'plan')['total']['value'], H * M, 'plan')
assert 'on_demand' not in o['plan']['lines'], 'all on the plan: nothing on demand'
is_(line('idle_plan', 'plan')['total']['value'], 9 * H * M, 'a plan is paid whether used or not')
is_(line('own', 'repair')['total']['value'], 0.5 * 200 * 4, 'repairs')
is_(line('own', 'power_demand')['total']['value'], 10 * M, 'demand charge')
is_(line('own', 'tax')['total']['value'], -0.3 * (10000 + 400 + 480), 'tax on all of it')
years = line('parts', 'tax')['by_year']
room = line('parts', 'room_build')['total']['value']
is_(room, 24000 * 48 / 144, 'four of twelve years of the room')
is_(years[0], -0.3 * (10000 / 5 + room / 4), 'equal parts')
is_(line('none', 'tax')['total']['value'], -0.3 * (2 * H * M + line('none', 'carbon')['total']['value']), 'rent lowers profit too')
is_(line('none', 'carbon')['total']['value'], 0.5 * H * M * 0.1, 'carbon of an instance hour')
work = 500 * 3600 * H * M
bill = work * 1e-6 + (20 + 10 + 2 * 0.1 * H) * M
is_(line('service', 'support')['total']['value'], 0.1 * bill, 'service')
is_(line('desk', 'waiting')['total']['value'], work * 36 / 3600 / 1000, 'waiting')
is_(line('desk', 'care')['total']['value'], 50 * M, 'care')
assert o['small']['excluded'] and 'rate limit' in o['small']['excluded_why'], o['small']['excluded_why']
assert o['poor']['excluded'] and 'quality' in o['poor']['excluded_why']
PY
