# A sweep of GPU limits by libraries with AMD SMI's and ROCm SMI's own interfaces: listed, set, read back, alternating,
# restored; refused, clipped, out of range; a driver that crashes or hangs; both libraries for one GPU set it once.
driver=AMD
gpus='gpus=2;least0=300;most0=750;usual0=750;least1=300;most1=750;usual1=750;count0=@250;count1=@150'
found='750000000 650000000 '
printf '750000000\n650000000\n' >limits
. "$SRC/tests/cli/cap_case.bash"
library() { # METER FAKE NAME
	meter=$1
	rm -rf lib
	mkdir lib
	ln -s "$SRC/$B/tests/fake/$2.so" "lib/$3"
}

for row in 'amd_smi amd_smi_fake libamd_smi.so' 'rocm_smi rocm_smi_fake librocm_smi64.so'; do
	library $row
	for words in '' 'inWatts=1'; do # AMD SMI before release 24 gives the limit in force in watts
		CM_FAKE_AMD="$gpus;$words" "$COSTMARK" meters --json >out || fail 'meters'
		python3 - out "$meter" <<'PY' || fail "$meter: limits: $(cat out)"
import json, sys
l = {x['name']: x for x in json.load(open(sys.argv[1]))['limits'] if x['meter'] == sys.argv[2]}
assert [(l[g]['watts'], l[g]['default_w'], l[g]['min_w'], l[g]['max_w'], l[g]['settable'], l[g]['covers'])
        for g in ('card0', 'card1')] == [(750, 750, 300, 750, True, '0000:c1:00.0'), (650, 750, 300, 750, True, '0000:c2:00.0')], l
PY
	done

	# Three caps, two launches of each, up and then down; then what was found.
	: >sets
	CM_FAKE_AMD_SETS=$PWD/sets sweep '' --launches 2 --budget 3s --store "$meter.db" --power-cap "$meter=400,500,600" --json
	[ $rc = 0 ] || [ $rc = 4 ] || fail "$meter: run: $rc $(cat err)"
	clean 'the end'
	want='400 400 500 500 600 600 500 500 400 400 750 650 '
	[ "$(sed 's/.* //; s/000000$//' sets | tr '\n' ' ')" = "$want" ] || fail "$meter: set were: $(tr '\n' ' ' <sets)"
	python3 - out <<'PY' || fail "$(cat out)"
import json, sys
(s,) = json.load(open(sys.argv[1]))['power_caps']
assert [(c['cap_w'], c['launches']) for c in s['caps']] == [(600, 2), (500, 2), (400, 2)], s
PY

	refuse 2 'card0 takes 300 to 750 W, not 200 W' '' 200,400
	refuse 3 'lets this user not set the power limit of card0: run costmark with sudo' 'set0=DENIED' 400
	refuse 3 'lets this user not set the power limit of card1' 'set1=DENIED' 400 # card0 was set: back
	refuse 3 'the power limit of card0 cannot be set here: a virtual machine' 'set0=NS' 400
	refuse 3 'card0 does not take 400 W: scripted' 'set0=READONLY' 400
	refuse 6 'card0 was asked for 400 W and holds 500 W: the driver clips it' 'floor0=500' 400
	refuse 6 'it was killed, or the driver crashed in it' 'set0=0,die' 400,500
	grep -q 'put back by another process: the power limits card0 to 750 W, card1 to 650 W' err || fail "die: $(cat err)"

	# It does not go back: what stands is named; once the driver takes it, the next command puts it back.
	sweep 'ceil1=600' --launches 1 --budget 1s --store r.db --power-cap "$meter=400"
	[ $rc = 6 ] || fail "clipped: ended with $rc: $(cat err)"
	grep -qF 'card1 (was 650 W): card1 was asked for 650 W and holds 600 W' err || fail "clipped: $(cat err)"
	CM_FAKE_AMD="$gpus" "$COSTMARK" meters >out 2>err
	grep -q 'restored the power limits that a killed sweep had left: card0 to 750 W, card1 to 650 W' err ||
		fail "restore: $(cat err)"
	clean restored

	# Killed outright in the middle.
	begin 350,360 '350000000 350000000 '
	kill -9 $pid
	wait $pid 2>/dev/null
	gone 'kill -9'
done

# It hangs for good in the second set: its process is ended, another one puts the limits back.
refuse 6 'the driver did not answer within 10 s about power limits' 'set0=0,stuck' 400,500

# Both libraries: the same two GPUs, each set once, by the one that is named first.
ln -s "$SRC/$B/tests/fake/amd_smi_fake.so" lib/libamd_smi.so
: >sets
CM_FAKE_AMD_SETS=$PWD/sets sweep '' --launches 1 --budget 1s --store b.db --power-cap 400
[ $rc = 0 ] || [ $rc = 4 ] || fail "both: $rc $(cat err)"
[ "$(tr '\n' ' ' <sets)" = '0 400000000 1 400000000 0 750000000 1 650000000 ' ] || fail "both: $(tr '\n' ' ' <sets)"
clean both

# Without the call, the limit is only told of.
rm lib/*
ln -s "$SRC/$B/tests/fake/amd_smi_no_cap.so" lib/libamd_smi.so
CM_FAKE_AMD="$gpus" "$COSTMARK" meters --json >out || fail 'meters'
grep -A8 '"meter": "amd_smi"' out | grep -q '"settable": true' && fail "settable without the call: $(cat out)"
grep -q 'its meter lists no way to set it' out || fail "told: $(cat out)"
exit 0
