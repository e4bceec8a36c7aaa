/*
 * Monte Carlo of the graph: every uncertain input drawn, a few scalar lines evaluated, sample after
 * sample. The draws are counter-based: the value of an input in sample i depends on the seed, the stream,
 * the input and i alone, so threads, blocks and runs that go on change no figure.
 */
#ifndef CM_MODEL_SAMPLE_H
#define CM_MODEL_SAMPLE_H

#include "model/model.h"

struct sample_stats {
	double flops;           /* of one sample, as run, in double precision; a multiply-add is two */
	size_t evaluated;       /* samples that the evaluator computed: a line without a value, or a choice
				 * that rounding could turn */
	size_t calls, slots;    /* of the program that a block runs */
};

struct sample_spec {
	uint64_t seed;          /* same seed, same draws, whatever the threads or the block size */
	uint64_t first;         /* index of the first sample: runs can be continued */
	size_t n;               /* samples */
	const uint8_t *stream;  /* (optional) [model_inputs()] 0 or 1: from which of two independent
				 * streams each input is drawn (Saltelli's A and B matrices); NULL = all 0 */
	unsigned threads;       /* 0 = all cores */
	struct sample_stats *stats; /* (optional) what it took */
	unsigned narrow;        /* 0; tests: how many instruction sets below the machine's best */
};

/* Draws every uncertain input (uniform range, normal, triangular, lognormal; points stay) and evaluates
 * `lines` scalar lines. out[k][i] is line k in sample i. Inputs shared by options are drawn once: common
 * random numbers.
 * A line that has no value in a sample is NaN there. CM_EINTERNAL: a line is a series. */
enum cm_status model_sample(const struct model *m, const uint32_t *line, size_t lines,
			    const struct sample_spec *spec, double *const out[], struct cm_err *err);

#endif
