# A sweep of the limits of Intel's GPUs by a library with Sysman's own interface: listed with what may be set and why
# not, set, read back, restored at the end and after kill -9; refused, clipped; a driver that crashes.
driver=SYSMAN
mkdir -p lib
ln -sf "$SRC/$B/tests/fake/sysman_fake.so" lib/libze_loader.so.1
# Two cards: one with a limit of the card and one of the package within, one with a limit of the package alone.
gpus='devices=2;domains=12;domains_1=2;most1=300000;usual1=300000;least1=100000;most2_1=190000;usual2_1=190000;energy1=@250;energy2=@200;energy2_1=@150'
found='0 1 300000 0 2 250000 1 2 180000 '
printf '0 1 300000\n0 2 250000\n1 2 180000\n' >limits
. "$SRC/tests/cli/cap_case.bash"

CM_FAKE_SYSMAN="$gpus;locked2=1" "$COSTMARK" meters --json >out || fail 'meters'
python3 - out <<'PY' || fail "limits: $(cat out)"
import json, sys
l = {x['name']: x for x in json.load(open(sys.argv[1]))['limits'] if x['meter'] == 'sysman'}
got = {n: tuple(x[k] for k in ('covers', 'watts', 'default_w', 'min_w', 'max_w', 'window_s', 'settable')) for n, x in l.items()}
assert got == {
    'xpu0': ('0000:3a:00.0', 300, 300, 100, 300, 28, True),
    'xpu0-package': ('0000:3a:00.0 package', 250, None, 1, 250, 28, False),
    'xpu1': ('0000:3b:00.0', 180, 190, 1, 190, 28, True)}, got
assert 'locked' in l['xpu0-package']['reason']
PY

# ---- both cards, two caps, two launches of each; the package's limit within the first card is left alone ---------------
: >sets
CM_FAKE_SYSMAN_SETS=$PWD/sets sweep '' --launches 2 --budget 3s --store c.db --power-cap sysman=120,150 --json
[ $rc = 0 ] || [ $rc = 4 ] || fail "run: $rc $(cat err)"
clean 'the end'
want='0 1 120000 1 2 120000 0 1 150000 1 2 150000 0 1 120000 1 2 120000 0 1 300000 1 2 180000 '
[ "$(tr '\n' ' ' <sets)" = "$want" ] || fail "set were: $(tr '\n' ' ' <sets)"
python3 - out <<'PY' || fail "$(cat out)"
import json, sys
(s,) = json.load(open(sys.argv[1]))['power_caps']
assert [(c['cap_w'], c['launches']) for c in s['caps']] == [(150, 2), (120, 2)], s
PY
# One by its name.
: >sets
CM_FAKE_SYSMAN_SETS=$PWD/sets sweep '' --launches 1 --budget 1s --store p.db --power-cap xpu0-package=200
[ "$(tr '\n' ' ' <sets)" = '0 2 200000 0 2 250000 ' ] || fail "a package's: $(tr '\n' ' ' <sets) $(cat err)"
clean 'a package'

# ---- nothing is set, or not what was asked for ---------------------------------------------------------------------
refuse 2 'xpu0 takes 100 to 300 W, not 50 W' '' sysman=50,100
refuse 3 'lets this user not set the power limit of xpu0: run costmark with sudo' 'set1=DENIED' sysman=120
refuse 3 'lets this user not set the power limit of xpu1' 'set2_1=DENIED' sysman=120 # xpu0 was set: back
refuse 6 'xpu0 was asked for 120 W and holds 200 W: the driver clips it' 'floor1=200000' sysman=120
refuse 6 'it was killed, or the driver crashed in it' 'set1=0,die' sysman=150,120
refuse 3 'the power limit of xpu0-package may not be set: the driver says that it is locked' 'locked2=1' xpu0-package=200

# ---- kill -9 -------------------------------------------------------------------------------------------------------
begin xpu1=110,120 '0 1 300000 0 2 250000 1 2 110000 '
kill -9 $pid
wait $pid 2>/dev/null
gone 'kill -9'
exit 0
