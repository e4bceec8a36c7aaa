# prices fetch against a local server that plays each API: what comes, what is not asked again, what may not leak.
# shellcheck source=tests/server/serve.sh
. "$SRC/tests/server/serve.sh"
fail() { echo "$*"; [ -s err ] && cat err; exit 1; }
python3 "$SRC/tests/server/make_root.py" root || fail 'no data'
serve root
cache=$XDG_CACHE_HOME/costmark/prices
rm -rf "$cache"
sources='aws_ec2 aws_savings_plan azure_retail ecb eia eurostat gcp_skus genai_prices litellm llm_prices oracle skypilot'
base() { # MODE/VERSION: all sources from there
	local s
	for s in $sources; do export "COSTMARK_URL_${s^^}=http://127.0.0.1:$PORT/$1"; done
}
fetch() { # EXIT-CODE WORDS…
	local want=$1 rc
	shift
	"$COSTMARK" prices fetch --json "$@" >out 2>err
	rc=$?
	[ $rc = "$want" ] || fail "'$*' ended with $rc, not $want: $(cat out)"
}

# Words and options.
fetch 2
grep -q "needs a source: all, " err || fail 'no list of sources'
fetch 2 skypilott
grep -q "did you mean 'skypilot'" err || fail 'no suggestion'
fetch 2 ecb --url here
grep -q "wants SOURCE=BASE, not 'here'" err || fail '--url'
fetch 2 ecb --url ecb=ftp://127.0.0.1
grep -q "is no address" err || fail 'ftp'
fetch 2 skypilot --region '../../etc'
grep -q "is no cloud" err || fail 'a part that is a path'
fetch 3 ecb --offline
grep -q 'nothing of it is in the cache' err || fail 'offline without a cache'

# Each source whole: pages, walks, single files.
base ok/v1
printf 'SECRET-4711\n' >key
chmod 644 key
fetch 2 eia --key-file eia=key
grep -q "others may read it" err || fail 'a key that others may read'
chmod 600 key
fetch 3 gcp_skus
grep -q 'gcp_skus needs a key' err || fail 'no key, and no word of it'
export COSTMARK_KEY_GCP_SKUS=SECRET-4711
fetch 0 aws_ec2 aws_savings_plan azure_retail ecb eurostat gcp_skus genai_prices litellm oracle skypilot \
	eia --key-file eia=key
for want in aws_ec2:1:3 aws_savings_plan:1:3 azure_retail:4:4 ecb:1:1 eurostat:1:1 gcp_skus:3:3 genai_prices:1:1 litellm:1:1 \
	oracle:1:1 skypilot:6:6 eia:1:1; do
	IFS=: read -r s files requests <<<"$want"
	is "$s" state fetched
	is "$s" files "$files"
	is "$s" requests "$requests"
	[ -L "$cache/$s/current" ] || fail "$s: no link to the folder that counts"
done
# Into the store, each price with the place that it was read at.
is aws_ec2 rows 50
is aws_ec2 imports 1
python3 - "$XDG_DATA_HOME/costmark/prices.db" "$cache/aws_ec2/current/us-east-1.csv" <<'PY' || fail 'the store'
import sqlite3, sys
rows = [set(map(str, r)) for r in sqlite3.connect(sys.argv[1]).execute("SELECT * FROM price")]
wanted = [r for r in rows if "1.0000000047" in r]
assert len(wanted) == 1, "the price as printed: %d rows" % len(wanted)
assert sys.argv[2] in wanted[0] and "54" in wanted[0], "the file and line it was read at: %s" % wanted[0]
PY

fetch 0 llm_prices --region amazon --region openai
is llm_prices files 2
cmp -s root/v1/stats/eurofxref/eurofxref-hist.zip "$cache/ecb/current/eurofxref-hist.zip" || fail 'the zip is another'
zcat -f "$cache/aws_ec2/current/us-east-1.csv" |
	cmp -s - root/v1/offers/v1.0/aws/AmazonEC2/20261101000001/us-east-1/index.csv || fail 'the CSV is another'

# The key stands nowhere but in the request.
! grep -rq 'SECRET-4711' "$cache" "$XDG_DATA_HOME" out err || fail 'the key was written down'
asked >log
[ "$(grep -c 'api_key=SECRET-4711' log)" = 1 ] || fail 'the key did not go as the plan says'
grep -q '/skus?.*"X-Goog-Api-Key": "SECRET-4711"' log || fail 'the key did not go as a header'
! grep -q '/skus?[^ ]*SECRET' log || fail 'the key stands in an address'
COSTMARK_URL_EIA=http://192.0.2.1/x fetch 2 eia --key-file eia=key
grep -q 'a key is not sent without https' err || fail 'a key without https'
COSTMARK_KEY_GCP_SKUS=WRONG-0815 fetch 3 gcp_skus
grep -q 'not allowed' err || fail 'a wrong key'
! grep -q WRONG-0815 err out || fail 'the wrong key is shown'

# Nothing new: 304, a version that is at hand is not asked for at all, the files stay.
before=$(asked | grep -c 'index.csv')
fetch 0 aws_ec2 skypilot ecb
for s in aws_ec2 skypilot ecb; do is "$s" state unchanged; done
[ "$(asked | grep -c 'index.csv')" = "$before" ] || fail 'a version that never changes was fetched again'
asked | grep vms.csv | tail -n 6 | grep -vq 'If-None-Match' && fail 'not asked whether it changed'
is aws_ec2 imports 0
is aws_ec2 imports_unchanged 1
fetch 0 skypilot --force
is skypilot state fetched
fetch 2 ecb --region us-east-1
grep -q 'ecb comes whole: it has no regions to choose' err || fail 'a region of what has none'

# Through a proxy, as the environment says.
http_proxy=http://127.0.0.1:$PORT COSTMARK_URL_ORACLE=http://prices.invalid/ok/v1 fetch 0 oracle --force
is oracle state fetched
asked | grep -q 'GET http://prices.invalid/ok/v1/pls' || fail 'not through the proxy'

# Another region beside the first; then only one of them anew.
fetch 0 aws_ec2 --region eu-west-1
is aws_ec2 files 2
base ok/v2
fetch 0 aws_ec2 --region eu-west-1
is aws_ec2 files 2
zcat -f "$cache/aws_ec2/current/us-east-1.csv" | grep -q '"1.0000000000"' || fail 'the other region is gone'
zcat -f "$cache/aws_ec2/current/eu-west-1.csv" | grep -q '"2.0000000000"' || fail 'the region is not new'
fetch 2 aws_ec2 --region eu-west-3
grep -q "lists no prices for the region 'eu-west-3'" err || fail 'a region without prices'
fetch 2 aws_ec2 --region mars-1
grep -q "knows no region 'mars-1'" err || fail 'an unknown region'
is aws_ec2 state failed

# A changed file in the cache is not believed.
printf 'x' >>"$cache/ecb/current/eurofxref-hist.zip"
fetch 2 ecb --offline
grep -q 'was changed since it was fetched' err || fail 'a changed file'
fetch 0 ecb
is ecb state fetched
fetch 0 ecb --offline
is ecb state unchanged

# One broken source does not stop the others, and is named.
export COSTMARK_URL_ECB=http://127.0.0.1:$PORT/500x/v1
fetch 6 ecb oracle --retries 0
is ecb state failed
is oracle state fetched
grep -q 'ecb: failed: .*answers 500' err || fail 'the broken one is not named'

# TLS: trusted by its authority, else refused; never down to http.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout tls.key -out tls.pem -days 2 \
	-subj /CN=127.0.0.1 -addext 'subjectAltName=IP:127.0.0.1' 2>/dev/null || fail 'no certificate'
serve root tls.pem tls.key 2>/dev/null
fetch 6 oracle --url "oracle=https://127.0.0.1:$PORT/ok/v1"
grep -q 'certificate is not trusted' err || fail 'a bad certificate'
SSL_CERT_FILE=tls.pem fetch 0 oracle --force --url "oracle=https://127.0.0.1:$PORT/ok/v1"
is oracle state fetched
SSL_CERT_FILE=tls.pem fetch 2 oracle --url "oracle=https://127.0.0.1:$PORT/plain/v1"
grep -q 'redirects from https to an address without it' err || fail 'a downgrade'
exit 0
