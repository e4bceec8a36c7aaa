# A management controller over HTTP: sessions, basic authentication, what it answers wrongly, and that no password shows.
. "$SRC/tests/server/redfish.sh"
machine

serve open
meters || fail "open: $(cat err)"
same "$(row 'M PowerWatts' reading)" 374
same "$(row 'M PowerControl 0' covers)" 'this machine'

serve session
meters || fail "session: $(cat err)"
same "$(row /redfish/v1 status)" denied
row /redfish/v1 reason | grep -q COSTMARK_REDFISH_USER || fail "no remedy: $(row /redfish/v1 reason)"
export COSTMARK_REDFISH_USER=reader COSTMARK_REDFISH_PASSWORD=s3cret
meters || fail "session: $(cat err)"
same "$(row 'M PowerWatts' reading)" 374
grep -q 'GET /redfish/v1/Chassis/M token' bmc/log || fail "no session: $(cat bmc/log)"
grep -q 'DELETE /redfish/v1/SessionService/Sessions/1 token' bmc/log || fail 'the session is left open'
grep -q basic bmc/log && fail 'the password went with a request'
export COSTMARK_REDFISH_PASSWORD=hunter7
meters || fail 'wrong password'
same "$(row redfish status)" denied
grep -q hunter7 doc.json err && fail 'the password is shown'

serve basic
export COSTMARK_REDFISH_PASSWORD=s3cret
meters || fail "basic: $(cat err)"
same "$(row 'M PowerWatts' reading)" 374
unset COSTMARK_REDFISH_USER COSTMARK_REDFISH_PASSWORD
printf 'user=reader\npassword=s3cret\n' >secret
chmod 644 secret
export COSTMARK_REDFISH_CREDENTIALS=$PWD/secret
meters && fail 'a password that others may read was taken'
grep -q 'chmod 600' err || fail "no remedy: $(cat err)"
chmod 600 secret
meters || fail "file: $(cat err)"
same "$(row 'M PowerWatts' reading)" 374
grep -q s3cret doc.json err && fail 'the password is shown'
"$COSTMARK" meters --redfish http://192.0.2.1 2>err && fail 'a password over plain http'
grep -q 'plain http' err || fail "plain http: $(cat err)"
unset COSTMARK_REDFISH_CREDENTIALS
"$COSTMARK" meters --redfish https://reader:s3cret@192.0.2.1 2>err && fail 'a password in the address'
grep -q s3cret err && fail 'the password is shown'

# Faults of one resource: its channel says so, the other reads on.
for mode in 500 cut nan html deep twice infinite huge; do
	serve $mode
	meters || fail "$mode: $(cat err)"
	same "$(row /redfish/v1/Chassis/M/EnvironmentMetrics status)" driver
	same "$(row 'M PowerControl 0' reading)" 375
done
serve 404
meters || fail 404
same "$(row 'M PowerWatts' status)" 'no row'
for mode in gzip chunked gzip+chunked; do
	serve $mode
	meters || fail "$mode: $(cat err)"
	same "$(row 'M PowerWatts' reading)" 374
done
serve negative
meters || fail negative
same "$(row 'M PowerWatts' status)" driver
row 'M PowerWatts' reason | grep -q negative || fail 'a negative reading without its reason'
serve slow
meters || fail slow
same "$(row 'M PowerWatts' reading)" 374
exec 9>&-

# Nobody there: an error row with its reason, no reading.
url=http://127.0.0.1:9
meters || fail 'nobody there'
python3 -c 'import json; assert not any(c["meter"] == "redfish" and c["present"] for c in json.load(open("doc.json"))["channels"])' ||
	fail 'a reading from nobody'
# Watched: a second is too short for joules of a controller, but not for its watts; one that is not there is said.
mkdir -p watched/redfish/v1/Chassis/M/Power
printf '{"PowerControl": [{"PowerConsumedWatts": 531}]}' >watched/redfish/v1/Chassis/M/Power/index.json
"$COSTMARK" meters --redfish watched --watch --count 1 >out 2>err || fail "watch: $(cat err)"
grep -q ' 531 W now; no joules: ' out || fail "watch: $(cat out)"
"$COSTMARK" meters --redfish watched --watch --count 1 --json | grep -q '"watts_now":531,' || fail 'watch json'
"$COSTMARK" meters --redfish http://127.0.0.1:1 --watch --count 1 >out 2>err || fail "nobody there: $(cat err)"
grep -q '^costmark: without redfish: .*connect' err && [ "$(wc -l <err)" = 1 ] || fail "nobody there: $(cat err)"

# A server that is no controller.
mkdir -p empty
(cd empty && exec python3 -c 'import http.server
s = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
print(s.server_port, flush=True)
s.serve_forever()' >../port 2>/dev/null) &
web=$!
for _ in $(seq 100); do [ -s port ] && break; sleep 0.1; done
"$COSTMARK" meters --redfish "http://127.0.0.1:$(cat port)" >out
kill $web
grep -q 'no Redfish service answers there: .* 404' out || fail "no controller: $(cat out)"
exit 0
