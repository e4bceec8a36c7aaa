# The page in a browser: the real report of the example and the hostile sample of test_formats. Charts are
# drawn, nothing is blocked by the page's own policy, no script fails, nothing is fetched; with scripts off the
# tables are all there.
fail() { echo "$*"; exit 1; }
command -v chromium >/dev/null || { echo 'chromium is not installed (tools/deps test)'; exit 77; }
browse() { # PAGE [OPTION…]: the page's document after its scripts
	local page=$1
	shift
	timeout -k 5 180 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
		--disable-background-networking --disable-component-update --disable-sync --disable-dev-shm-usage \
		--user-data-dir="$PWD/profile" --enable-logging=stderr "$@" --dump-dom "file://$PWD/$page" 2>log
}
count() { grep -o "$1" "$2" | wc -l; }

"$COSTMARK" report "$SRC/examples/own-or-rent.yaml" -o report.html >out 2>err || fail "report ended with $?: $(cat err)"
"$SRC/$B/tests/unit/test_formats" . || fail 'no hostile sample'
! grep -qE '(src|href)="?(https?:)?//' <(sed '/<script>/,/<\/script>/d' report.html | grep -vE '<a rel="noopener nofollow" href=') ||
	fail 'the page names something to be fetched'

for page in report sample; do
	browse $page.html >$page.dom || fail "$page: the browser ended with $?: $(tail -n 5 log)"
	root=$(grep -o '<html[^>]*>' $page.dom | head -n 1)
	grep -q 'data-page="ready"' <<<"$root" || fail "$page: the page's script did not end: $root"
	! grep -qE 'data-(error|blocked)' <<<"$root" || fail "$page: $root"
	! grep -qE 'CONSOLE.*(Refused|Uncaught|violat)' log || fail "$page: $(grep CONSOLE log)"
	figures=$(grep -c '<figure id=' $page.html)
	[ "$figures" -gt 3 ] || fail "$page: $figures charts"
	if grep -q 'chart is drawn where scripts may run' $page.html; then
		grep -q "data-charts=\"$figures\"" <<<"$root" || fail "$page: $figures charts, but $root"
		[ "$(count '<svg' $page.dom)" = "$figures" ] || fail "$page: $(count '<svg' $page.dom) drawings of $figures"
		[ "$(count '<path' $page.dom)" -gt 50 ] || fail "$page: the drawings are empty"
	else
		grep -q 'built without its chart library' $page.html || fail "$page: no charts and no reason"
	fi
	[ "$(count 'title="sort by' $page.dom)" -gt 4 ] || fail "$page: tables cannot be sorted"
done
# A script from outside did not run and no element of the sample's texts came to be.
! grep -q '<script>alert(1)' sample.dom || fail 'a text of the sample became a script'

# Scripts off (refused by policy: with scripts disabled as a whole, Chromium dumps no document): every table,
# row and chart's caption is there, and the page says what to expect.
sed "s/; script-src[^;]*;/; script-src 'none';/" report.html >off.html
browse off.html >off.dom || fail "scripts off: $(tail -n 5 log)"
! grep -q 'data-page="ready"' off.dom || fail 'scripts were not off'
[ "$(count '<svg' off.dom)" = 0 ] || fail 'a drawing without scripts'
for what in '<table' '<th scope="row"' '<figcaption>' 'class="still"'; do
	[ "$(count "$what" off.dom)" = "$(grep -v '^<script>' report.html | grep -o "$what" | wc -l)" ] ||
		fail "scripts off: $what: $(count "$what" off.dom)"
done
[ "$(count '<th scope="row"' off.dom)" -gt 50 ] || fail 'too few rows'
rm -rf profile
