# Stores that are not as they should be: full, damaged, of another version, unwritable, not there. One
# sentence, and nothing is lost or made.
fail() { echo "$*"; exit 1; }
small=(--backend null --kernel launch --launches 1 --budget 1s)
refuse() { # CODE PART WORDS…
	local code=$1 want=$2 got rc
	shift 2
	got=$("$COSTMARK" "$@" 2>&1 >out)
	rc=$?
	[ $rc = "$code" ] || fail "'$*' ended with $rc, not $code: $got"
	case $got in *"$want"*) ;; *) fail "'$*': expected '$want' in: $got" ;; esac
	[ "$(printf '%s\n' "$got" | wc -l)" = 1 ] || fail "'$*': more than one line: $got"
	[ ! -s out ] || fail "'$*' printed on standard output"
}
"$COSTMARK" run --store good.db "${small[@]}" >out 2>err || [ $? = 4 ] || fail "$(cat err)"
[ ! -e good.db-wal ] || fail 'the store was left open'

refuse 6 'no room is left' run --store /dev/full "${small[@]}"
refuse 2 'no such folder' run --store nowhere/x.db "${small[@]}"
refuse 2 'no store of results' run --store "$SRC/Makefile" "${small[@]}"
refuse 2 'no store of results' results --store "$SRC/Makefile"
cmp -s "$SRC/Makefile" <(cat "$SRC/Makefile") || fail 'the file was changed'
head -c 20000 good.db >short.db
refuse 2 'is damaged' run --store short.db "${small[@]}"
refuse 2 'is damaged' results --store short.db
# A page in the middle overwritten: the header is whole, the rows are not.
python3 - <<'PY'
b = bytearray(open('good.db', 'rb').read())
b[4096:] = bytes(255 for _ in b[4096:])
open('torn.db', 'wb').write(b)
PY
refuse 2 'is damaged' results --store torn.db
python3 - <<'PY'
import shutil, sqlite3
shutil.copy('good.db', 'new.db')
db = sqlite3.connect('new.db')
db.execute("UPDATE meta SET value='99' WHERE key='schema'")
db.commit()
db = sqlite3.connect('other.db')
db.execute('CREATE TABLE t(x)')
db.commit()
PY
refuse 2 "schema '99'" run --store new.db "${small[@]}"
refuse 2 "schema '99'" results --store new.db
refuse 2 'no store of results' results --store other.db
refuse 3 'no result store' results --store none.db
[ ! -e none.db ] || fail 'reading made a store'
refuse 3 'SQLite files only' results --store postgresql://host/db

# Nobody may write: reading goes on, measuring says so. Root may always write, so it is not asked as root.
mkdir locked && cp good.db locked/ && chmod 444 locked/good.db && chmod 555 locked && chmod 755 .
as=()
if [ "$(id -u)" = 0 ]; then
	as=(setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent XDG_CACHE_HOME=)
	# All folders on the way must be open to that user, too; where they are not, a copy in /tmp is used.
	if ! "${as[@]}" test -r "$PWD/locked/good.db" || ! "${as[@]}" test -x "$COSTMARK"; then as=(); fi
fi
if [ "$(id -u)" != 0 ] || [ ${#as[@]} -gt 0 ]; then
	"${as[@]}" "$COSTMARK" results --store "$PWD/locked/good.db" --json >out 2>err || fail "read-only: $(cat err)"
	grep -q '"kernel": "launch"' out || fail 'no rows of a read-only store'
	"${as[@]}" "$COSTMARK" run --store "$PWD/locked/good.db" "${small[@]}" >out 2>err
	[ $? = 2 ] && grep -q 'may not be written' err || fail "writing a read-only store: $(cat err)"
fi
chmod 755 locked
cmp -s good.db locked/good.db || fail 'a read-only store has changed'

# A disk that fills up in the middle of a run: what is there stays readable.
if [ "$(id -u)" = 0 ] && mkdir disk && mount -t tmpfs -o size=300k none disk 2>/dev/null; then
	"$COSTMARK" run --store disk/s.db --backend null --backend host --kernel launch --kernel chase --size 4096 \
		--launches 400 --budget 300s --ci 0.0001% >out 2>err
	rc=$?
	cp disk/s.db* . ; umount disk
	[ $rc = 6 ] && grep -q 'no room is left' err || fail "a full disk ended with $rc: $(cat err)"
	"$COSTMARK" results --store s.db >out 2>err || fail "after a full disk: $(cat err)"
fi
exit 0
