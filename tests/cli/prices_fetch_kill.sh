# A fetch killed 200 times at random moments: cache and store are whole each time, the old table or the new one.
# shellcheck source=tests/server/serve.sh
. "$SRC/tests/server/serve.sh"
python3 "$SRC/tests/server/make_root.py" root || exit 1
serve root
export XDG_CACHE_HOME=$PWD/cache XDG_DATA_HOME=$PWD/data
python3 "$SRC/tests/server/kill_fetch.py" "$COSTMARK" root "$PORT" "${KILLS:-200}" "${SEED:-$RANDOM}" || exit 1
