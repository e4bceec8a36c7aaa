# The dense product: portable against OpenBLAS, launches of both in random order in one run, and as a share of the
# measured multiply-add peak. OpenBLAS chooses its kernel itself: what the shell says about it is unset.
. "$SRC/tools/bench.d/common.bash"
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE OPENBLAS_NUM_THREADS
measure gemm --kernel gemm --kernel fma --backend host --launches "$REPS" --size 1024 --size 2048 --budget 60s
by=$(row gemm tuned_by kernel=gemm variant=tuned)
[ -n "$by" ] || echo 'gemm: OpenBLAS is not installed (apt-get install libopenblas0-pthread)'
for type in fp64 fp32; do
	for n in 1024 2048; do
		ours=$(row gemm median kernel=gemm type=$type size=$n variant=portable)
		[ -z "$by" ] || say "gemm $type $n" "$ours" GFLOP/s "${by%%,*}" \
			"$(row gemm median kernel=gemm type=$type size=$n variant=tuned)" 0.97
		say "gemm $type $n" "$ours" GFLOP/s 'multiply-add peak' "$(row gemm median kernel=fma type=$type)" 0.72
	done
done
