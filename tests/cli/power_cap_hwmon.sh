# A sweep of the limits of amdgpu's cards by their hardware monitors, on a tree as the driver shows it: listed, set,
# restored; out of range and read-only files change nothing; the second die of a card and an APU have no limit of their own.
fail() { echo "$*"; exit 1; }
export XDG_STATE_HOME=$PWD/state
journal=$PWD/state/costmark/power-cap.journal
put() { # HWMON FILE TEXT
	mkdir -p "tree/sys/class/hwmon/$1/device"
	printf '%b\n' "$3" >"tree/sys/class/hwmon/$1/$2"
}
card() { # HWMON BUS CAP
	put "$1" name amdgpu
	put "$1" device/uevent "DRIVER=amdgpu\nPCI_SLOT_NAME=0000:$2:00.0"
	put "$1" power1_label PPT
	put "$1" power1_average 143000000
	put "$1" power1_cap "$3"
	put "$1" power1_cap_max 300000000
	put "$1" power1_cap_min 100000000
	put "$1" power1_cap_default 300000000
}
card hwmon2 c1 300000000
card hwmon5 c6 250000000
card hwmon6 c9 0 # a second die
card hwmon7 0a 45000000
put hwmon7 in1_label vddnb # an APU
mkdir -p tree/proc
cp /proc/cpuinfo /proc/meminfo tree/proc/
caps() { cat tree/sys/class/hwmon/hwmon?/power1_cap | tr '\n' ' '; }
found='300000000 250000000 0 45000000 '
clean() {
	[ "$(caps)" = "$found" ] || fail "$1: the limits are $(caps)"
	[ ! -e "$journal" ] || fail "$1: the journal is there: $(cat "$journal")"
}
few=(--kernel triad --backend host --size 100000 --seed 1 --sysfs-root tree --store s.db --launches 1 --budget 1s)

"$COSTMARK" meters --json --sysfs-root tree >out || fail meters
python3 - out <<'PY' || fail "limits: $(cat out)"
import json, sys
l = [x for x in json.load(open(sys.argv[1]))['limits'] if x['meter'] == 'hwmon' and x['settable']]
assert [(x['name'], x['covers'], x['watts'], x['default_w'], x['min_w'], x['max_w']) for x in l] == [
    ('amdgpu.2', '0000:c1:00.0', 300, 300, 100, 300), ('amdgpu.5', '0000:c6:00.0', 250, 300, 100, 300)], l
PY

(while kill -0 $$ 2>/dev/null && [ ! -e stop ]; do cat tree/sys/class/hwmon/hwmon[25]/power1_cap | tr '\n' ' '; echo; sleep 0.005; done >>seen) &
"$COSTMARK" run "${few[@]}" --power-cap hwmon=150,200 --json >out 2>err
rc=$?
touch stop
[ $rc = 0 ] || [ $rc = 4 ] || fail "run: $rc $(cat err)"
clean 'the end'
grep -q '^150000000 150000000 $' seen && grep -q '^200000000 200000000 $' seen || fail "set were: $(sort -u seen)"
"$COSTMARK" run "${few[@]}" --power-cap 0000:c6:00.0=200 --json >out 2>err # one alone
[ $? = 6 ] && fail "one: $(cat err)"
clean one

"$COSTMARK" run "${few[@]}" --power-cap hwmon=50 >out 2>err
[ $? = 2 ] || fail "range: $(cat err)"
grep -q 'amdgpu.2 takes 100 to 300 W, not 50 W' err || fail "range: $(cat err)"
clean range
if [ "$(id -u)" != 0 ]; then
	chmod a-w tree/sys/class/hwmon/hwmon5/power1_cap
	"$COSTMARK" run "${few[@]}" --power-cap hwmon=150 >out 2>err
	[ $? = 3 ] || fail "denied: $(cat err)"
	grep -q 'amdgpu.5 may not be set: the driver lets only root set it: run costmark with sudo' err || fail "denied: $(cat err)"
	clean denied
fi
exit 0
