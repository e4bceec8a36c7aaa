# A vendor's library that is here stands beside the portable kernel, named and verified; one that is not says why.
fail() { echo "$*"; exit 1; }
"$COSTMARK" devices --json >devices.json || fail "devices ended with $?"
python3 - <<'PY' >present || fail "devices: $(cat devices.json)"
import json
for t in json.load(open("devices.json"))["tuned"]:
    assert t["present"] or t["reason"], t
    assert t["version"] or not t["present"], t
    if t["present"]: print(t["name"], t["version"], sep="\t")
PY

"$COSTMARK" run --kernel gemm --kernel fft --backend host --size 64 --launches 1 --budget 2s \
	--store store.db --json >run.json 2>err
rc=$?
[ $rc = 0 ] || [ $rc = 4 ] || fail "run ended with $rc: $(cat err)" # 4: other load on this machine
python3 - <<'PY' || fail "rows: $(cat run.json)"
import json
here = dict(l.rstrip("\n").split("\t") for l in open("present"))
stands_for = {"openblas": "gemm", "fftw": "fft"}
rows = json.load(open("run.json"))["rows"]
assert {(r["kernel"], r["type"]) for r in rows if r["variant"] == "portable"} == \
    {("gemm", "fp64"), ("gemm", "fp32"), ("fft", "fp32")}
for r in rows:
    assert r["status"] == "ok" and r["verified"] and r["median"] > 0, r
    assert (r["variant"] == "tuned") == bool(r["tuned_by"]), r
tuned = {r["tuned_by"] for r in rows if r["variant"] == "tuned"}
assert tuned == {f"{n} {v}" for n, v in here.items() if n in stands_for}, (tuned, here)
for name, kernel in stands_for.items():
    mine = [r for r in rows if r["tuned_by"].startswith(name + " ")]
    assert all(r["kernel"] == kernel for r in mine)
    assert len(mine) == ({"gemm": 2, "fft": 1}[kernel] if name in here else 0), mine
PY
"$COSTMARK" run --kernel gemm --backend host --size 64 --dry-run >plan || fail 'dry-run'
cut -f 1 present | grep -qx openblas && { grep -q 'tuned by openblas' plan || fail "plan: $(cat plan)"; }

# A library of that name that lacks what we call is passed over, or named with what it lacks.
if command -v gcc >/dev/null && [ "${B#build/san}" = "$B" ]; then
	mkdir lib && echo 'int nothing_here;' | gcc -shared -fPIC -x c - -o lib/libopenblas.so.0 &&
		cp lib/libopenblas.so.0 lib/libopenblas.so &&
		CM_DL_PATH=$PWD/lib "$COSTMARK" devices --json >odd.json || fail 'a wrong library broke devices'
	python3 - <<'PY' || fail "wrong library: $(cat odd.json)"
import json
t = next(t for t in json.load(open("odd.json"))["tuned"] if t["name"] == "openblas")
assert not t["present"] and "libopenblas.so.0 lacks cblas_dgemm" in t["reason"], t
PY
fi
exit 0
