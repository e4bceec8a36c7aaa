# Monte Carlo of the own model over 60 months and 1,000,000 samples on one core, against the same arithmetic in
# numpy (Debian's python3-numpy), whole arrays and the best of several block sizes; gradients against an evaluation;
# a scenario of 500 options. All figures of one run; ratios above their targets or exit 1. Times of the first two are
# processor time. SAMPLES=N for a quicker look.
set -euo pipefail
: "${SRC:?}" "${COSTMARK:?}"
samples=${SAMPLES:-1000000}
make -s --no-print-directory -C "$SRC" DEPS=0 build/tests/bench/bench_sample >&2
export COSTMARK_DATA=$SRC OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
core() { if command -v taskset >/dev/null; then taskset -c 0 "$@"; else "$@"; fi; }
bad=0
verdict() { # RATIO TARGET
	awk -v r="$1" -v t="$2" 'BEGIN { exit !(r >= t) }' && echo "target $2: held" || { echo "target $2: MISSED"; false; }
}

for option in shipped moving; do
	core "$SRC/build/tests/bench/bench_sample" "$SRC/tests/bench/own-60-months.yaml" $option "$samples" $option >own
	core /usr/bin/python3 "$SRC/tests/bench/numpy_model.py" $option.py $option.bin "$samples" >numpy
	cat own numpy | awk -v samples="$samples" -v option=$option '
		{ v[$1] = $2 }
		END {
			printf "own model, 60 months, %d samples, %d uncertain inputs (%s), one core:\n", samples,
				v["uncertain"], option
			printf "  costmark            %9.4f s  (of it %.4f s to write the program; %d calls a block, %d samples left to the evaluator)\n",
				v["seconds"], v["setup"], v["calls"], v["evaluated"]
			printf "  numpy, whole arrays %9.4f s  %.0f times", v["whole"], v["whole"] / v["seconds"]
			if (v["whole_samples"] < samples) printf "  (memory: measured on %d samples)", v["whole_samples"]
			printf "\n  numpy, blocks of %-4d%8.4f s  %.0f times\n", v["block"], v["blocks"],
				v["blocks"] / v["seconds"]
			printf "  largest relative disagreement of the results: %.2g\n", v["disagreement"]
			printf "  %d FLOP a sample: %.1f GFLOP/s, %.0f %% of the core'\''s %.1f (fma kernel)\n", v["flops"],
				v["flops"] * samples / v["seconds"] / 1e9,
				100 * v["flops"] * samples / v["seconds"] / v["peak"], v["peak"] / 1e9
		}'
	eval "$(cat own numpy | awk '{ printf "v_%s=%s\n", $1, $2 }')"
	awk -v d="$v_disagreement" 'BEGIN { exit !(d <= 1e-9) }' || { echo "  numpy computed something else"; bad=1; }
	printf '  whole arrays, '; verdict "$(awk "BEGIN { print $v_whole / $v_seconds }")" 20 || bad=1
	printf '  blocks, '; verdict "$(awk "BEGIN { print $v_blocks / $v_seconds }")" 8 || bad=1
done

printf 'gradient by all %d inputs: %.1f us, one evaluation %.1f us: %.2f times (target: below 5)\n' "$v_inputs" \
	"$(awk "BEGIN { print $v_gradient * 1e6 }")" "$(awk "BEGIN { print $v_eval * 1e6 }")" \
	"$(awk "BEGIN { print $v_gradient / $v_eval }")"
awk "BEGIN { exit !($v_gradient < 5 * $v_eval) }" || bad=1

# ---- 500 options, decided without Monte Carlo ----------------------------------------------------------
{
	printf 'title: Five hundred options\nwork: token\nhorizon: 36 month\ninputs:\n  peak_rate: 900 token/s\n'
	printf '  throughput: 1000 token/s\n  use: 60 %%\noptions:\n'
	for i in $(seq 250); do
		printf '  own%d:\n    kind: own\n    inputs:\n      server_price: %d USD\n      power_load: %d W\n' "$i" \
			$((150000 + 600 * i)) $((4000 + 17 * i))
		printf '      power_price: 0.08..0.14 USD/kWh\n      staff_year: %d USD/year\n' $((20000 + 50 * i))
		printf '      facility_opex: 40 USD/kW/month\n'
		printf '  rent%d:\n    kind: rent\n    inputs:\n      price_hour: %d USD/h\n' "$i" $((10 + i))
		printf '      staff_year: %d USD/year\n' $((10000 + 30 * i))
	done
} >many.yaml
TIMEFORMAT='%R %U %S'
for _ in 1 2 3 4 5; do { time "$COSTMARK" tco many.yaml --samples 0 >decision; } 2>>times; done
grep -q 'rent1' decision || { echo "500 options: no decision"; bad=1; }
sort -g times | awk 'NR == 1 {
	printf "500 options decided without Monte Carlo: %.3f s, %.3f s of processor time (target: below 1)\n", $1, $2 + $3
	exit !($1 < 1) }' || bad=1
exit $bad
