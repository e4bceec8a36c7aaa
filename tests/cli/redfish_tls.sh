# A management controller over TLS, with an authority of its own: what is trusted, what is refused and why.
. "$SRC/tests/server/redfish.sh"
command -v openssl >/dev/null || { echo 'no openssl'; exit 77; }
machine
export COSTMARK_REDFISH_USER=reader COSTMARK_REDFISH_PASSWORD=s3cret

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.pem -days 30 \
	-subj '/CN=Rack authority' 2>/dev/null || fail 'no authority'
certificate() { # NAME SUBJECTALTNAME DAYS: of that authority
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1.key" -out "$1.csr" \
		-subj "/CN=$1" 2>/dev/null
	printf 'subjectAltName=%s\n' "$2" >"$1.ext"
	openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -out "$1.pem" -days "$3" \
		-extfile "$1.ext" 2>/dev/null || fail "no certificate $1"
}
certificate bmc1 IP:127.0.0.1,DNS:localhost 10
certificate other DNS:bmc-of-another-rack 10
certificate expired IP:127.0.0.1 -1

refused() { # WHAT OPTIONS…: no reading, and nothing of ours was sent
	local what=$1
	shift
	meters "$@" || fail "$what: $(cat err)"
	same "$(row redfish present)" 'no row'
	same "$(row 'M PowerWatts' reading)" 'no row'
	[ -s bmc/log ] && fail "$what: the request was sent: $(cat bmc/log)"
	says "$(row /redfish/v1 reason)" 'certificate is not trusted'
	grep -q s3cret doc.json err && fail 'the password is shown'
}
serve session bmc1.pem bmc1.key
refused 'unknown authority'
SSL_CERT_FILE=$PWD/ca.pem meters || fail "SSL_CERT_FILE: $(cat err)"
same "$(row 'M PowerWatts' reading)" 374
grep -q 'GET /redfish/v1/Chassis/M token' bmc/log || fail "no session: $(cat bmc/log)"
meters --redfish-ca ca.pem || fail "--redfish-ca: $(cat err)"
same "$(row 'M PowerWatts' reading)" 374
grep -q s3cret doc.json err bmc/log && fail 'the password is shown'
tail -n 1 bmc/log | grep -q '^DELETE .*Sessions/2 token' || fail "the session is left open: $(cat bmc/log)"

serve session other.pem other.key
refused 'another name' --redfish-ca ca.pem
serve session expired.pem expired.key
refused 'expired' --redfish-ca ca.pem
says "$(row /redfish/v1 reason)" 'expired'

# A file that is none, and one that holds no certificate.
"$COSTMARK" meters --redfish "$url" --redfish-ca nowhere.pem 2>err && fail 'an authority that is not there'
grep -q 'nowhere.pem: no such file' err || fail "no sentence: $(cat err)"
echo nothing >empty.pem
serve session bmc1.pem bmc1.key
refused 'an empty authority' --redfish-ca empty.pem

# A run meets the same authority in its workers; the password is in no argument of theirs, no row, no log.
"$COSTMARK" run --kernel copy --backend host --size 100000 --launches 1 --budget 2s --redfish "$url" --redfish-ca ca.pem \
	--store run.db --json >run.json 2>run.err &
pid=$!
while kill -0 $pid 2>/dev/null; do
	cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ' >>cmdlines
	sleep 0.1
done
wait $pid
code=$?
[ $code = 0 ] || [ $code = 4 ] || fail "run: $code $(cat run.err)"
grep -q -- --redfish-ca cmdlines || fail 'no argument was seen'
grep -q s3cret cmdlines run.json run.err && fail 'the password is shown'
grep -q s3cret run.db && fail 'the password is stored'
grep -q 'GET /redfish/v1/Chassis/M/EnvironmentMetrics token' bmc/log || fail "not read: $(cat bmc/log)"
same "$(asked 'POST')" "$(asked 'DELETE')"
exec 9>&-
exit 0
