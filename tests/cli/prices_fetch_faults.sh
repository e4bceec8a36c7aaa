# prices fetch from servers that misbehave: one sentence each, and the old table is as it was, to the byte.
# shellcheck source=tests/server/serve.sh
. "$SRC/tests/server/serve.sh"
fail() { echo "$*"; [ -s err ] && cat err; exit 1; }
python3 "$SRC/tests/server/make_root.py" root || fail 'no data'
serve root
cache=$XDG_CACHE_HOME/costmark/prices
rm -rf "$cache"
fetch() { # MODE/VERSION SOURCE WORDS…
	local at=$1 source=$2
	shift 2
	"$COSTMARK" prices fetch --json "$source" --url "$source=http://127.0.0.1:$PORT/$at" "$@" >out 2>err
}
table() { # SOURCE: every file that counts, and the manifest
	(cd "$cache/$1" && cat manifest.json && cd current/ && sha256sum -- *)
}
# What must end badly: MODE | SOURCE | exit code | part of the sentence | further words
while IFS='|' read -r mode source code says words; do
	mode=${mode// /} source=${source// /} code=${code// /}
	says=${says# } says=${says%"${says##*[! ]}"}
	if [ ! -e "$cache/$source/manifest.json" ]; then
		fetch ok/v1 "$source" || fail "$source: the first fetch failed"
		table "$source" >"$source.before"
	fi
	start=$SECONDS
	# shellcheck disable=SC2086
	fetch "$mode/v2" "$source" $words
	rc=$?
	[ $rc = "$code" ] || fail "$mode: ended with $rc, not $code: $(cat out)"
	grep -qF -- "$says" err || fail "$mode: expected '$says' in:"
	[ "$(wc -l <err)" = 1 ] || fail "$mode: more than one line:"
	grep -Eq '"state": "(failed|not available)"' out || fail "$mode: not named as failed: $(cat out)"
	[ $((SECONDS - start)) -le 8 ] || fail "$mode: took $((SECONDS - start)) s"
	table "$source" | cmp -s - "$source.before" || fail "$mode: the old table changed"
	[ "$(find "$cache/$source" -name 'fetched-*' | wc -l)" = 1 ] || fail "$mode: left a folder behind"
done <<'TABLE'
500x     | azure_retail | 6 | answers 500: the server failed, in 2 tries           | --retries 1
429far   | azure_retail | 6 | answers 429: too many requests; it asks to wait 86400 s |
cutx     | azure_retail | 2 | the answer ends early                                | --retries 1
wrong    | azure_retail | 2 | the answer ends early                                | --retries 0
short    | azure_retail | 2 | ends early                                           | --retries 0
badgzip  | azure_retail | 2 | the packed data is damaged                           |
gzipcut  | azure_retail | 2 | the packed data ends early                           |
loop     | azure_retail | 2 | redirects go on after 8 of them                      |
drip     | azure_retail | 6 | not done within 1 s                                  | --timeout 1s
huge     | azure_retail | 2 | the answer has 10000000000 bytes; at most 67108864 are taken |
endless  | azure_retail | 2 | the answer goes on after 67                          |
shape    | azure_retail | 2 | the answer is something else: no '"Items"' stands in it |
html     | azure_retail | 2 | the answer is something else                         |
empty    | azure_retail | 2 | the answer is empty                                  |
401      | azure_retail | 3 | a key or password is needed                          |
pageloop | azure_retail | 2 | its pages go in a circle                             |
pagetwice| azure_retail | 2 | the page repeats another one of the list             |
pagenone | azure_retail | 2 | page 2 is empty, though the one before announced it  |
pagekey  | azure_retail | 2 | does not say whether a page follows                  |
pageaway | azure_retail | 2 | the list goes on at another place, 'http://192.0.2.1 |
early    | azure_retail | 2 | the list ended early: there are more rows behind     |
ok       | azure_retail | 2 | not one price for the region 'nowhere'               | --region nowhere
shape    | skypilot     | 2 | no 'InstanceType' stands in it                       |
cutx     | skypilot     | 2 | the answer ends early                                | --retries 1
badrange | skypilot     | 2 | the rest of the cut answer does not join             |
bomb     | skypilot     | 2 | no 'InstanceType' stands in it                       |
shape    | aws_ec2      | 2 | has no 'offers.AmazonEC2.currentRegionIndexUrl'      |
cutx     | aws_ec2      | 2 | the answer ends early                                | --retries 0
TABLE

# A table that shrank, unless it is wanted.
fetch ok/small skypilot && fail 'a table that shrank was taken'
grep -q 'shrank from .* to .*--force' err || fail 'not said that it shrank'
table skypilot | cmp -s - skypilot.before || fail 'the old table changed'
fetch ok/small skypilot --force || fail '--force'
grep -q '"files": 6' out || fail 'the small table'

# Keys: pages of Google's list that repeat, a list of EIA's that is shorter than it says.
export COSTMARK_KEY_GCP_SKUS=SECRET-4711 COSTMARK_KEY_EIA=SECRET-4711
fetch pageloop/v1 gcp_skus && fail 'pages in a circle'
grep -q 'its pages go in a circle' err || fail 'pages in a circle, and no word of it'
fetch early/v1 eia && fail 'a list that ends early'
grep -q 'the list ends early: 5 of 3000 rows' err || fail 'a list that ends early, and no word of it'
! grep -q SECRET err out || fail 'a key is shown'

# What ends well after a while: too many requests (seconds, a date), a failure, a cut transfer that goes on.
for how in 429s:azure_retail 429d:skypilot 500:skypilot cut:azure_retail cut:skypilot moved:skypilot raw:azure_retail \
	full:azure_retail; do
	fetch "${how%:*}/v1" "${how#*:}" --force || fail "$how failed"
done
asked >log
grep 'GET /cut/v1/.*vms.csv' log | grep -q '"Range": "bytes=[1-9][0-9]*-"' || fail 'a cut transfer did not go on'
grep -q 'GET /full/v1/.*skip=100' log || fail 'a full last page was not doubted'
for f in root/v1/skypilot-org/skypilot-catalog/master/catalogs/v8/*/vms.csv; do
	cloud=$(basename "$(dirname "$f")")
	zcat -f "$cache/skypilot/current/$cloud.csv" | cmp -s - "$f" || fail "$cloud is not whole"
done

# Two fetches of one source at once: the second says so. Ctrl-C: 130, the table is whole.
table skypilot >before
"$COSTMARK" prices fetch skypilot --force --url "skypilot=http://127.0.0.1:$PORT/drip/v2" >out 2>err &
first=$!
for _ in $(seq 100); do
	[ "$(find "$cache/skypilot" -name 'fetched-*' | wc -l)" = 2 ] && break
	sleep 0.1
done
"$COSTMARK" prices fetch skypilot --url "skypilot=http://127.0.0.1:$PORT/ok/v1" >out2 2>err2
[ $? = 6 ] || fail "a second fetch: $(cat err2)"
grep -q 'another fetch .* is under way' err2 || fail "a second fetch: $(cat err2)"
kill -INT $first
wait $first
[ $? = 130 ] || fail 'Ctrl-C did not end with 130'
table skypilot | cmp -s - before || fail 'Ctrl-C changed the old table'
[ "$(find "$cache/skypilot" -name 'fetched-*' | wc -l)" = 1 ] || fail 'Ctrl-C left a folder behind'
exit 0
