/* Any bytes as any format of published results: rows or a sentence, never a crash, and no row
 * without its figure. */
/* fuzz-sources: vendors/market/result_babelstream.c vendors/market/result_hpcg.c
 * vendors/market/result_hpl.c vendors/market/result_inferencex.c vendors/market/result_ml_energy.c
 * vendors/market/result_phoronix.c vendors/market/result_spec.c vendors/market/result_top500.c
 * vendors/market/result_vllm.c vendors/market/serving_json.c vendors/mlcommons/mlperf_log.c
 * vendors/mlcommons/result_mlperf_inference.c vendors/mlcommons/result_mlperf_training.c */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/published.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

extern const struct result_format result_babelstream, result_hpcg, result_hpl, result_inferencex,
	result_ml_energy, result_phoronix, result_spec, result_top500, result_vllm,
	result_mlperf_inference, result_mlperf_training;

static const struct result_format *const formats[] = {
	&result_babelstream,
	&result_hpcg,
	&result_hpl,
	&result_inferencex,
	&result_ml_energy,
	&result_phoronix,
	&result_spec,
	&result_top500,
	&result_vllm,
	&result_mlperf_inference,
	&result_mlperf_training,
};

static void must(int ok)
{
	if (!ok)
		abort();
}

/* The first byte says which format reads the rest. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct published_list list = { .row = NULL };
	struct cm_err err = { 0 };
	char *text;

	if (n == 0)
		return 0;
	text = malloc(n);
	memcpy(text, data + 1, n - 1);
	text[n - 1] = '\0';
	const struct published_from from = {.path = "f",
					    .bytes = text,
					    .len = n - 1,
					    .address = "",
					    .retrieved = "",
					    .device = "",
					    .devices = ""};
	const struct result_format *f = formats[data[0] % CM_COUNT(formats)];
	const enum cm_status st = f->read(&from, &list, &err);

	f->knows(&from);
	must(st == CM_OK || (st == CM_EINPUT && *err.why && !strchr(err.why, '\n')));
	for (size_t i = 0; st == CM_OK && i < list.n; i++)
		must(!isnan(list.row[i].number) && *list.row[i].suite && list.row[i].unit);
	published_free(&list);
	free(text);
	return 0;
}
