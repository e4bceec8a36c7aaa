# What was measured stays: after kill -9, after Ctrl-C, with two runs on one store; --resume goes on.
fail() { echo "$*"; exit 1; }
what=(--backend host --kernel triad --kernel scale --size 4096)
# A launch samples for five seconds, however busy the machine: time enough to be seen in the middle of one.
slow=(--launches 3 --budget 300s --ci 0.0001% --seed 5 --tag t)
go_on=("${what[@]}" --launches 3 --budget 1s --ci 0.0001% --tag t --resume)
sql() { python3 - "$@" <<'PY'
import sqlite3, sys
db = sqlite3.connect('file:%s?mode=ro' % sys.argv[1], uri=True, timeout=20)
for row in db.execute(sys.argv[2]): print(*row)
PY
}
# until_then STORE SQL PID SIGNAL: sends SIGNAL as soon as SQL says more than 0, and prints PID's first child; one process asks and sends, since starting
# another takes longer than a launch on a busy machine.
until_then() {
	python3 - "$@" <<'PY' || fail "waited in vain for: $2; $(cat err*)"
import os, sqlite3, sys, time
store, sql, pid, signal = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
for _ in range(3000):
    os.kill(pid, 0)
    try:
        db = sqlite3.connect('file:%s?mode=ro' % store, uri=True, timeout=20)
        n = db.execute(sql).fetchone()[0]
        db.close()
        if n:
            print(open('/proc/%d/task/%d/children' % (pid, pid)).read().split(' ')[0])
            os.kill(pid, signal)
            sys.exit(0)
    except sqlite3.OperationalError:
        pass # it is not there yet
    time.sleep(0.02)
sys.exit(1)
PY
}
ended="SELECT count(*) >= 1 AND (SELECT count(*) FROM samples s JOIN launches l ON l.id=s.launch
	WHERE l.status='partial') > 3 FROM launches WHERE status='ok'"
whole="SELECT l.id, l.cell, l.number, count(*), sum(ns) FROM launches l JOIN samples s ON s.launch=l.id
	WHERE l.status='ok' GROUP BY l.id ORDER BY l.id"

# ---- killed in the middle ------------------------------------------------------------------------
"$COSTMARK" run --store k.db "${what[@]}" "${slow[@]}" >out 2>err &
pid=$!
child=$(until_then k.db "$ended" $pid 9) || { echo "$child"; exit 1; }
wait $pid 2>/dev/null
for i in $(seq 50); do [ -d "/proc/$child" ] || break; sleep 0.1; done
[ -n "$child" ] && [ ! -d "/proc/$child" ] || fail 'a worker outlives its parent'
sql k.db "$whole" >before
cut=$(sql k.db "SELECT count(*) FROM samples s JOIN launches l ON l.id=s.launch WHERE l.status='partial'")
[ "$(wc -l <before)" -ge 1 ] && [ "$cut" -ge 3 ] || fail "little was kept: $(cat before), $cut"
"$COSTMARK" results --store k.db --json >killed.json || fail 'results after kill -9'
python3 - <<'PY' || exit 1
import json
rows = json.load(open('killed.json'))['rows']
assert rows and all(r['median'] > 0 for r in rows) and any(r['verified'] for r in rows), rows
assert all(r['verified'] or 'killed before' in r['reason'] for r in rows), rows
PY

# Another plan, or another tag, is not that run.
"$COSTMARK" run --store k.db --backend null --kernel launch --launches 1 --budget 1s --resume --tag t >out 2>err
grep -q 'this is a new one' err || fail "resumed another plan: $(cat err)"

"$COSTMARK" run --store k.db "${go_on[@]}" >out 2>err
rc=$?
[ $rc = 0 ] || [ $rc = 4 ] || fail "--resume ended with $rc: $(cat err)"
! grep -q 'this is a new one' err || fail 'did not resume'
sql k.db "$whole" >after
[ "$(head -n "$(wc -l <before)" after)" = "$(cat before)" ] || fail 'what was measured has changed'
[ "$(sql k.db "SELECT count(*) FROM launches WHERE number>=0 AND status='ok' AND cell IN
	(SELECT id FROM cells WHERE kernel<>'launch')")" = 6 ] || fail 'the plan is not finished, or repeats'
[ "$(sql k.db "SELECT count(*) FROM samples s JOIN launches l ON l.id=s.launch
	WHERE l.status='superseded'")" = "$cut" ] || fail 'samples of the killed launch are gone'
[ "$(sql k.db "SELECT count(*), min(state) FROM runs WHERE tag='t' AND plan_hash=
	(SELECT plan_hash FROM runs WHERE tag='t' ORDER BY id LIMIT 1)")" = '1 done' ] || fail 'state of the run'
"$COSTMARK" run --store k.db "${go_on[@]}" >out 2>err
grep -q 'this is a new one' err || fail 'a finished run was resumed'

# ---- Ctrl-C, and two at once ---------------------------------------------------------------------
"$COSTMARK" run --store i.db "${what[@]}" "${slow[@]}" --json >first.json 2>err1 &
first=$!
until_then i.db "SELECT count(*) FROM launches WHERE status='ok'" $first 0 >child || { cat child; exit 1; }
"$COSTMARK" run --store i.db "${what[@]}" "${slow[@]}" --resume >out 2>err2
[ $? = 2 ] && grep -q "measured right now by process $first" err2 || fail "took over a live run: $(cat err2)"
"$COSTMARK" run --store i.db --backend null --kernel launch --launches 3 --budget 1s --json >second.json 2>err2
rc=$?
[ $rc = 0 ] || [ $rc = 4 ] || fail "a second run at once ended with $rc: $(cat err2)"
kill -0 $first 2>/dev/null || fail 'the first run was over before it could be stopped'
kill -INT $first
wait $first
rc=$?
[ $rc = 130 ] || fail "Ctrl-C ended with $rc: $(cat err1)"
grep -q 'run --resume' err1 || fail "Ctrl-C says nothing of --resume: $(cat err1)"
python3 - <<'PY' || exit 1
import json
a, b = json.load(open('first.json')), json.load(open('second.json'))
assert a['run'] != b['run'] and [r['backend'] for r in b['rows']] == ['null']
assert a['rows'] and all(r['backend'] == 'host' for r in a['rows'])
got = [r for r in a['rows'] if r['launches']]
assert got and all(r['verified'] and r['median'] > 0 for r in got), a['rows']
PY
"$COSTMARK" run --store i.db "${go_on[@]}" --json >third.json 2>err
rc=$?
[ $rc = 0 ] || [ $rc = 4 ] || fail "resuming after Ctrl-C ended with $rc: $(cat err)"
python3 - <<'PY' || exit 1
import json
a, b = json.load(open('first.json')), json.load(open('third.json'))
assert a['run'] == b['run'] and all(r['launches'] == 3 and r['verified'] for r in b['rows']), b['rows']
PY

# Many at once begin one new store together.
for i in 1 2 3; do
	"$COSTMARK" run --store m.db --backend null --kernel launch --launches 1 --budget 1s --tag "$i" >out$i 2>err$i &
	p[i]=$!
done
for i in 1 2 3; do
	wait ${p[i]}
	rc=$?
	[ $rc = 0 ] || [ $rc = 4 ] || fail "run $i of three at once ended with $rc: $(cat err$i)"
done
[ "$(sql m.db "SELECT count(*), sum(state='done') FROM runs")" = '3 3' ] || fail 'three runs at once'
exit 0
