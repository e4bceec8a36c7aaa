# A sweep of GPU limits by a library with NVML's own interface: set, read back, alternating, restored at the end, on Ctrl-C,
# on kill -9 of each process; refused, clipped, under another limit; a driver that crashes or hangs: what still stands is said.
driver=NVML
mkdir -p lib
ln -sf "$SRC/$B/tests/fake/nvml_fake.so" lib/libnvidia-ml.so.1
gpus='gpus=2;least0=100000;most0=700000;usual0=700000;least1=100000;most1=700000;usual1=700000;energy0=@250;energy1=@150'
found='700000 650000 '
printf '700000\n650000\n' >limits
. "$SRC/tests/cli/cap_case.bash"

CM_FAKE_NVML="$gpus" "$COSTMARK" meters --json >out || fail 'meters'
python3 - out <<'PY' || fail "limits: $(cat out)"
import json, sys
l = {x['name']: x for x in json.load(open(sys.argv[1]))['limits'] if x['meter'] == 'nvml'}
assert [(l[g]['watts'], l[g]['default_w'], l[g]['min_w'], l[g]['max_w'], l[g]['settable']) for g in ('gpu0', 'gpu1')] == [
    (700, 700, 100, 700, True), (650, 700, 100, 700, True)], l
PY

# ---- the whole of it: three caps, two launches of each, in alternating order ------------------------------------------
: >sets
CM_FAKE_NVML_SETS=$PWD/sets sweep '' --launches 2 --budget 3s --store c.db --power-cap nvml=200,300,400 --json
[ $rc = 0 ] || [ $rc = 4 ] || fail "run: $rc $(cat err)"
clean 'the end'
# Up, then down: 400 W stands between the rounds. Both GPUs each time, then what was found.
want='200000 200000 300000 300000 400000 400000 300000 300000 200000 200000 700000 650000 '
[ "$(cut -d' ' -f2 sets | tr '\n' ' ')" = "$want" ] || fail "set were: $(tr '\n' ' ' <sets)"
grep -q '3 of gpu0, gpu1, 200 to 400 W; launches alternate between them, up and then down, within 3 s in all' err ||
	fail "note: $(cat err)"
python3 - out <<'PY' || fail "$(cat out)"
import json, sys
d = json.load(open(sys.argv[1]))
(s,) = d['power_caps']
assert [(c['cap_w'], c['launches']) for c in s['caps']] == [(400, 2), (300, 2), (200, 2)], s
# A launch of half a second may be too short for a counter of 100 ms, which is said.
assert all(c['joules_per_unit'] and c['joules_scope'].startswith('device') or c['reason'] for c in s['caps']), s
PY

# ---- nothing is set, or not what was asked for: the sentence says it, and all is back ---------------------------------
refuse 2 'gpu0 takes 100 to 700 W, not 50 W' '' nvml=50,100
refuse 3 'lets this user not set the power limit of gpu0: run costmark with sudo' 'set0=DENIED' nvml=300
refuse 3 'lets this user not set the power limit of gpu1' 'set1=DENIED' nvml=300 # gpu0 was set: back
refuse 6 'gpu0 was asked for 150 W and holds 200 W: the driver clips it' 'floor0=200000' nvml=150
refuse 6 'gpu0 was asked for 400 W, and 350 W are in force: another limit is lower' 'limit0=350000' nvml=300,400
# It crashes in the second set; another process puts the limits back.
refuse 6 'it was killed, or the driver crashed in it' 'set0=0,die' nvml=300,200
grep -q 'put back by another process: the power limits gpu0 to 700 W, gpu1 to 650 W' err || fail "die: $(cat err)"

# It does not go back: what stands is named with the command; once the driver takes it, that puts it back.
sweep 'ceil1=600000' --launches 1 --budget 1s --store r.db --power-cap nvml=300
[ $rc = 6 ] || fail "clipped: ended with $rc: $(cat err)"
grep -qF "power limits are not back ('costmark meters' tries again, as the same user): gpu1 (was 650 W): gpu1 was asked for 650 W and holds 600 W" err ||
	fail "clipped: $(cat err)"
[ "$(limits)" = '700000 600000 ' ] && [ -s "$journal" ] || fail "clipped: the limits are $(limits)"
sweep '' --launches 1 --budget 1s --power-cap nvml=300 --dry-run # a plan alone puts it back, too

grep -q 'restored the power limits that a killed sweep had left: gpu0 to 700 W, gpu1 to 650 W' err || fail "$(cat err)"
clean clipped

# It hangs for good in the second set: its process is ended, another one puts the limits back.
refuse 6 'the driver did not answer within 10 s about power limits' 'set0=0,stuck' nvml=300,200
grep -q 'put back by another process' err || fail "stuck: $(cat err)"

# ---- signals ---------------------------------------------------------------------------------------------------------
begin_kept() { # and who keeps the limits, in keeper
	begin nvml=150,160 '150000 150000 '
	keeper=$(sed -n 's/^keeper\t//p' "$journal")
	kill -0 "$keeper" || fail "the journal names no process: $(cat "$journal")"
}
begin_kept
kill -INT $pid
wait $pid
[ $? = 130 ] || fail "Ctrl-C: $(cat err)"
clean Ctrl-C
begin_kept
kill -9 $pid
wait $pid 2>/dev/null
gone 'kill -9'
begin_kept
kill -9 "$keeper"
kill -INT $pid
wait $pid
clean 'kill -9 of the keeper'
begin_kept
kill -STOP "$keeper"
kill -9 $pid
wait $pid 2>/dev/null
# The keeper hangs: who asks is told which process holds the limits, and measures no sweep beside it.
CM_FAKE_NVML="$gpus" "$COSTMARK" meters >out 2>err || fail "meters: $(cat err)"
grep -q "end it ('kill -9 $keeper'), then 'costmark meters' puts the limits back" err || fail "a keeper that hangs: $(cat err)"
kill -9 "$keeper"
sweep '' --launches 1 --budget 1s --store n.db # the next run does
[ $rc = 0 ] || [ $rc = 4 ] || fail "the next run: $rc $(cat err)"
grep -q 'restored the power limits .* gpu0 to 700 W, gpu1 to 650 W' err || fail "the next run: $(cat err)"
clean 'the next run'
exit 0
