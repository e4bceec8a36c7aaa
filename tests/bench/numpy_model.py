"""The peer of tools/bench.d/model_sample.sh: the same option in numpy, whole arrays and blocks.

usage: numpy_model.py PROGRAM.py CHECK.bin SAMPLES
PROGRAM.py (written by bench_sample) has draw(rng, n) and model(x), a line of numpy for each line of the model;
CHECK.bin holds draws and results, 2000 samples each. Prints NAME VALUE lines; times are processor time.
"""
import sys
import time

import numpy as np


def macrs(life, year):
    """Share of the price written off in a tax year: reports/model/special.c, on arrays of years."""
    factor = 2.0 if life <= 10 else 1.5
    schedule, left = [], 1.0
    for y in range(1, int(life) + 2):
        part = 0.5 if y == 1 else 1.0
        years = life - (y - 1) + (0 if y == 1 else 0.5)
        straight = left / years * part if years > 0 else left
        share = left if y == int(life) + 1 else max(left * factor / life * part, straight)
        schedule.append(share)
        left -= share
    year = np.asarray(year)
    inside = (year >= 1) & (year <= life + 1)
    return np.where(inside, np.array(schedule)[np.clip(year, 1, life + 1).astype(int) - 1], 0.0)


def main():
    program, check, samples = sys.argv[1], sys.argv[2], int(sys.argv[3])
    world = {"np": np, "macrs": macrs}
    exec(compile(open(program).read(), program, "exec"), world)
    draw, model = world["draw"], world["model"]
    rng = np.random.default_rng(1)

    rows = np.fromfile(check).reshape(-1, 2000)
    got = model([r[:, None] for r in rows[:-2]])
    worst = max(float(np.max(np.abs(g.ravel() / want - 1))) for g, want in zip(got, rows[-2:]))
    print("disagreement %.3g" % worst)

    # Whole arrays: a series is (samples, months + 1). What does not fit into memory is measured on a part.
    free = int(next(l for l in open("/proc/meminfo") if l.startswith("MemAvailable")).split()[1]) * 1024
    whole = samples
    while whole > 20000 and whole * (world["months"] + 1) * 8 * 40 > free:
        whole //= 2
    model(draw(rng, 1000))
    start = time.process_time()
    model(draw(rng, whole))
    print("whole_samples %d" % whole)
    print("whole %.6f" % ((time.process_time() - start) * samples / whole))

    # Blocks: the best of several sizes, over a part of the samples large enough to time.
    part, best = min(samples, 65536), None
    for size in (64, 128, 256, 512, 1024, 2048):
        start = time.process_time()
        for _ in range(0, part, size):
            model(draw(rng, size))
        took = (time.process_time() - start) / part
        if best is None or took < best[0]:
            best = (took, size)
    start = time.process_time()
    for _ in range(0, samples, best[1]):
        model(draw(rng, best[1]))
    print("block %d" % best[1])
    print("blocks %.6f" % (time.process_time() - start))


main()
