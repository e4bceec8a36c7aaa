# Sessions of a management controller that end, and where credentials never go: another host, a log, a result.
. "$SRC/tests/server/redfish.sh"
machine
watch() { "$COSTMARK" meters --json --watch --count "$1" --sysfs-root "$none" --redfish "$url" >doc.json 2>err; }
export COSTMARK_REDFISH_USER=reader COSTMARK_REDFISH_PASSWORD=s3cret

# The session ends while the machine is watched: one new one, and the readings go on.
serve session+ends=12
watch 6 || fail "watch: $(cat err)"
same "$(asked 'POST .* login')" 2
[ "$(grep -c 'old token' bmc/log)" -ge 1 ] || fail "the session did not end: $(cat bmc/log)"
tail -n 2 bmc/log | grep -q 'DELETE /redfish/v1/SessionService/Sessions/3 token' || fail "left open: $(cat bmc/log)"
grep -q basic bmc/log && fail 'the password went with a request'
python3 - <<'P' || fail "not read on after the new session: $(cat doc.json)"
import json
rows = [json.loads(line) for line in open("doc.json")]
assert len(rows) == 6 and all("denied" not in (r["reason"] or "") for r in rows), rows
P

# The account is closed in between: it is tried once, not in each round, and no password goes elsewhere.
serve session+ends=12+never
watch 5
same "$(asked 'POST .* login')" 2
grep -q basic bmc/log && fail 'the password went with a request'
grep -q s3cret doc.json err && fail 'the password is shown'

# A session whose address is in the answer's body only is ended too, also when the tree is none.
serve session+body
meters || fail "body: $(cat err)"
grep -q 'DELETE /redfish/v1/SessionService/Sessions/1 token' bmc/log || fail "left open: $(cat bmc/log)"
rm -r bmc/redfish
put '' '{}'
serve session
meters
says "$(row redfish reason)" 'no power and no energy'
grep -q 'DELETE /redfish/v1/SessionService/Sessions/1 token' bmc/log || fail "left open: $(cat bmc/log)"

# A redirect to another host gets no token, no password, and is no reading.
machine
mkdir -p other/redfish/v1
cp -r bmc/redfish/v1/Chassis other/redfish/v1
rm -f in2 port2
mkfifo in2
python3 "$SRC/tests/server/redfish_server.py" other open <in2 >port2 &
exec 8>in2
for _ in $(seq 100); do [ -s port2 ] && break; sleep 0.1; done
for mode in session basic open; do
	serve "$mode+away=http://127.0.0.1:$(cat port2)/redfish/v1/Chassis/M/EnvironmentMetrics"
	meters || fail "away: $(cat err)"
	same "$(row /redfish/v1/Chassis/M/EnvironmentMetrics status)" driver
	says "$(row /redfish/v1/Chassis/M/EnvironmentMetrics reason)" 'redirects to another address'
	same "$(row 'M PowerControl 0' reading)" 375
	[ -s other/log ] && fail "the other host was asked: $(cat other/log)"
done
exec 8>&- 9>&-
exit 0
