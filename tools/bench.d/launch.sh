# Launches and transfers against bare loops around the same calls, in turn: an empty parallel region on the host, enqueue
# and finish on the first OpenCL device, one thread's memcpy for its copies.
. "$SRC/tools/bench.d/common.bash"
[ -f /usr/include/CL/cl.h ] || skip launch 'no OpenCL headers (apt-get install opencl-c-headers)'
ldconfig -p | grep -q libOpenCL.so.1 || skip launch 'no OpenCL loader (apt-get install ocl-icd-libopencl1)'
build_peer peer_bare -l:libOpenCL.so.1
export OMP_NUM_THREADS=$cores OMP_WAIT_POLICY=active # as costmark's own workers have it
for rep in $(seq "$REPS"); do
	measure "l$rep" --kernel launch --kernel transfer --launches 1 --budget 8s
	for backend in host opencl; do row "l$rep" median kernel=launch backend=$backend >>$backend; done
	./peer_bare team >>team
	./peer_bare opencl >>bare
	size=$(row "l$rep" size kernel=transfer backend=opencl)
	[ -n "$size" ] || continue
	for op in to_device from_device; do row "l$rep" median kernel=transfer backend=opencl op=$op >>$op; done
	./peer_bare memcpy "$size" >>memcpy
done
say 'launch host' "$(median <host)" ns 'empty parallel region' "$(median <team)" 2 low
say 'launch opencl' "$(median <opencl)" ns 'bare loop' "$(median <bare)" 1.02 low
for op in to_device from_device; do
	[ -f $op ] && say "transfer $op" "$(median <$op)" GB/s memcpy "$(median <memcpy)" 0.90
done
true
