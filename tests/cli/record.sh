# `costmark record`: what it copies replays to the same channels; what may not be read stays so; nothing names the machine.
trees=$SRC/tests/data/sysfs
fail() { echo "$*"; exit 1; }
channels() { # DIR: every channel without the path where it was read
	"$COSTMARK" meters --json --sysfs-root "$1" | python3 -c 'import json,sys
d = json.load(sys.stdin)
for l in d["limits"]: print(json.dumps(l))
for c in d["channels"]:
    if c["meter"] not in ("papi", "modelled"):
        c = {k: v for k, v in c.items() if k != "source" and not k.startswith("update_")}; print(json.dumps(c, sort_keys=True))'
}
for tree in intel-2s amd-dies board cards grace many odd perf-intel; do
	"$COSTMARK" record "$tree" --sysfs-root "$trees/$tree" >out || fail "record $tree: $(cat out)"
	channels "$trees/$tree" >want
	channels "$tree" >got
	[ -s want ] || fail "$tree has no channels"
	diff want got || fail "$tree replays differently"
	[ -e "$tree.$$.new" ] && fail 'a temporary folder is left'
done

# Numbers that name a machine.
mkdir -p own/proc own/sys/class/powercap/intel-rapl:0
printf 'Linux version 6.1.0 (me@my-own-machine) (gcc 12) #1\n' >own/proc/version
printf 'model name\t: X\nSerial\t\t: 00000000deadbeef\n' >own/proc/cpuinfo
printf 'package-0\n' >own/sys/class/powercap/intel-rapl:0/name
printf '1000000\n' >own/sys/class/powercap/intel-rapl:0/energy_uj
"$COSTMARK" record --json copy --sysfs-root own >doc.json || fail 'record own'
grep -rq deadbeef copy && fail 'a serial number was copied'
grep -q '^masked.*cpuinfo.*Serial' copy/RECORD.txt || fail 'the mask is not said'
grep -rq my-own-machine copy && fail 'the name of a machine was copied'
[ "$(cat copy/proc/version)" = 'Linux version 6.1.0 (masked) (gcc 12) #1' ] || fail "$(cat copy/proc/version)"
grep -q '"masked": 2' doc.json || fail "doc: $(cat doc.json)"
if [ "$(id -u)" != 0 ]; then
	chmod 000 own/sys/class/powercap/intel-rapl:0/energy_uj
	"$COSTMARK" record denied --sysfs-root own >out || fail 'record denied'
	channels denied | grep -q '"status": "denied"' || fail 'a denial is lost'
fi

# Meters that lie beside the monitor, rails without watts, a battery; their serial numbers stay here.
mkdir -p lap/sys/class/hwmon/hwmon0/device lap/sys/class/hwmon/hwmon1 lap/sys/class/power_supply/BAT0
put() { printf '%s\n' "$2" >"lap/sys/class/$1"; }
put hwmon/hwmon0/device/name power_meter
put hwmon/hwmon0/device/power1_average 40000000
put hwmon/hwmon0/device/power1_serial_number deadbeef
mkdir -p lap/sys/class/hwmon/hwmon2/device/measures/ACPI0004:00 # a meter of parts, not of the machine
put hwmon/hwmon2/device/name power_meter
put hwmon/hwmon2/device/power1_average 30000000
put hwmon/hwmon2/device/measures/ACPI0004:00/hid ACPI0004
put hwmon/hwmon1/name ina3221
put hwmon/hwmon1/in1_label VDD_IN
put hwmon/hwmon1/in1_input 5000
put hwmon/hwmon1/curr1_input 1640
put power_supply/BAT0/type Battery
put power_supply/BAT0/status Discharging
put power_supply/BAT0/current_now -2000000
put power_supply/BAT0/voltage_now 11500000
put power_supply/BAT0/serial_number deadbeef
"$COSTMARK" record lapcopy --sysfs-root lap >out || fail "record lap: $(cat out)"
channels lap >want
channels lapcopy >got
diff want got || fail 'the laptop replays differently'
grep -q 'device/measures' got || fail "what a meter measures is lost: $(cat got)"
grep -q '"reading": 8.2,' got || fail "no rail: $(cat got)"
grep -q '"reading": 23,' got || fail "no battery: $(cat got)"
grep -rq deadbeef lapcopy && fail 'a serial number of a meter was copied'

# A card's table is bytes, not text: MI300X by Linux 6.15 (version 1.7), 65 536 000 counts of 2^-16 J are 1000 J.
mkdir -p gpu/sys/class/drm/card1/device
python3 - gpu/sys/class/drm/card1/device/gpu_metrics <<'PY'
import struct, sys
table = bytearray(b'\xff' * 2208)
struct.pack_into('<HBB', table, 0, len(table), 1, 7)
struct.pack_into('<QQ6I', table, 24, 65536000, 10**10, 60000, 0, 6000, 0, 0, 0)
struct.pack_into('<Q', table, 288, 10**9)
open(sys.argv[1], 'wb').write(table)
PY
printf 'DRIVER=amdgpu\nPCI_SLOT_NAME=0000:05:00.0\n' >gpu/sys/class/drm/card1/device/uevent
"$COSTMARK" record gpucopy --sysfs-root gpu >out || fail "record gpu: $(cat out)"
cmp gpu/sys/class/drm/card1/device/gpu_metrics gpucopy/sys/class/drm/card1/device/gpu_metrics || fail 'a table was changed'
channels gpucopy >got
grep -q '"covers": "0000:05:00.0".*"reading": 1000,' got || fail "no energy: $(cat got)"
grep -q '"name": "card1 held back by its power limit"' got || fail "no limit: $(cat got)"

# A folder with something in it, a folder without sensors.
"$COSTMARK" record copy --sysfs-root own 2>err && fail 'written over'
grep -q 'holds something' err || fail "over: $(cat err)"
mkdir empty none
"$COSTMARK" record empty/ --sysfs-root own >out || fail "an empty folder: $(cat out)"
[ -s empty/proc/cpuinfo ] && ! ls -d empty.* empty/*.new 2>/dev/null || fail "an empty folder: $(ls -d empty* empty/*)"
: >file
"$COSTMARK" record file --sysfs-root own 2>err && fail 'a file was written over'
grep -q 'file: is a file; record into a folder' err || fail "a file: $(cat err)"
"$COSTMARK" record /proc/nothing --sysfs-root own 2>err && fail 'written into /proc'
grep -q '/proc/nothing' err || fail "not writable: $(cat err)"
mkdir there
"$COSTMARK" record there --sysfs-root none 2>err && fail 'recorded nothing'
[ -d there ] || fail 'a folder of the user was removed'
"$COSTMARK" record nothing --sysfs-root none 2>err && fail 'recorded nothing'
[ -e nothing ] && fail 'half a recording'

# This machine.
"$COSTMARK" record here >out || fail "here: $(cat out)"
[ -s here/topology.xml ] && [ -s here/proc/cpuinfo ] || fail "here: $(find here | head)"
grep -q "value=\"$(hostname)\"" here/topology.xml && fail 'the name of the machine was copied'
exit 0
