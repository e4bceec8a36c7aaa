# Transforms: portable against FFTW, out of place (its row in the same run) and in place (a program of its own, in
# turn with it): the portable kernel streams its results, so it moves what an in-place transform moves.
. "$SRC/tools/bench.d/common.bash"
ldconfig -p | grep -q libfftw3f_threads || skip fft 'FFTW is not installed (apt-get install libfftw3-single3)'
build_peer peer_fftw -I"$SRC/bench" -ldl -lm
for n in 1024 4096 65536; do
	for rep in $(seq "$REPS"); do
		measure "fft$rep" --kernel fft --backend host --launches 1 --size $n --budget 4s
		row "fft$rep" median variant=portable >>ours.$n
		row "fft$rep" median variant=tuned >>out.$n
		batch=$(row "fft$rep" work variant=portable | awk -v n=$n '{ printf "%.0f", $1 / n }')
		./peer_fftw $n "$batch" "$cores" >>in.$n
	done
	by=$(row fft1 tuned_by variant=tuned)
	say "fft $n" "$(median <ours.$n)" GFLOP/s "${by%%,*} in place" "$(median <in.$n)" 0.80
	say "fft $n" "$(median <ours.$n)" GFLOP/s "${by%%,*} out of place" "$(median <out.$n)" 1.00
done
