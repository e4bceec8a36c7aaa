# What `make install` copies is enough: the program runs from any folder, without the source tree or a variable
# that names its data, and its page carries its charts where the build had them.
fail() { echo "$*"; exit 1; }
[ "$B" = build ] || { echo 'only the plain build is installed'; exit 77; }
unset COSTMARK_DATA
"$SRC/tools/install" "$PWD/there" >out || fail "tools/install ended with $?: $(cat out)"
cd / || exit 1
"$OLDPWD/there/bin/costmark" report "$OLDPWD/there/share/costmark/examples/own-or-rent.yaml" -o "$OLDPWD/r.html" >"$OLDPWD/out" 2>&1 ||
	fail "the installed program ended with $?: $(cat "$OLDPWD/out")"
cd "$OLDPWD" || exit 1
grep -q '</html>' r.html || fail 'the page is not whole'
if [ -s "$SRC/build/echarts.js" ]; then grep -q '/\*! Apache ECharts' r.html || fail 'the page came without its charts'; fi
