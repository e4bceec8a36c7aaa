/*
 * ML.ENERGY leaderboard: one file a model and task, one row a configuration. Energy is that of the
 * GPUs alone, in a steady state; it depends on the load far more than on the part, so the load is
 * in every row.
 */
#include <math.h>
#include <string.h>

#include "serving_json.h"

#define AGREE 1e-6 /* power over rate and energy of work are one figure said twice */

static const struct { const char *rate, *energy, *unit, *energy_unit; } works[] = {
	{ "output_throughput_tokens_per_sec", "energy_per_token_joules", "token/s", "J/token" },
	{ "throughput_images_per_sec", "energy_per_image_joules", "image/s", "J/image" },
	{ "throughput_videos_per_sec", "energy_per_video_joules", "video/s", "J/video" },
};

static const char *load_of(struct published_list *l, const struct cmj *c)
{
	static const char *const keys[] = {"max_num_seqs",    "avg_batch_size", "avg_output_len",
					   "batch_size",      "image_height",   "image_width",
					   "inference_steps", "num_frames",     "fps"};
	struct str s = { 0 };
	const char *out;

	for (size_t i = 0; i < CM_COUNT(keys); i++) {
		const char *v = serving_text(l, c, keys[i]);

		if (*v)
			str_addf(&s, "%s%s %s", s.len ? ", " : "", keys[i], v);
	}
	out = published_keep(l, str_get(&s));
	str_free(&s);
	return out;
}

static void configuration(const struct published_from *from, struct published_list *l, struct cmj *o,
			  struct cmj *c, const char *at)
{
	const double watts = cmj_double(cmj_get(c, "avg_power_watts"), NAN);
	struct published_row *r;
	size_t w = 0;

	while (w < CM_COUNT(works) && !cmj_get(c, works[w].rate))
		w++;
	if (w == CM_COUNT(works)) {
		published_refuse(l, from->path, at, "a configuration without a throughput");
		return;
	}
	const double rate = cmj_double(cmj_get(c, works[w].rate), NAN),
		     energy = cmj_double(cmj_get(c, works[w].energy), NAN);
	if (!(rate > 0)) {
		published_refuse(l, from->path, at, "its throughput is no positive number");
		return;
	}
	if (watts > 0 && energy > 0 && fabs(watts / rate / energy - 1) > AGREE) {
		published_refuse(l, from->path, at, "power over throughput contradicts the energy of work");
		return;
	}
	r = published_add(l, from);
	r->suite = "ML.ENERGY";
	r->line = at;
	r->benchmark = r->model = serving_text(l, o, "model_id");
	r->scenario = serving_text(l, o, "task");
	r->precision_text = serving_text(l, o, "weight_precision");
	r->precision = published_precision(l, r->precision_text);
	r->device_text = serving_text(l, c, "gpu_model");
	r->accelerators = serving_text(l, c, "num_gpus");
	r->load = load_of(l, c);
	r->metric = "throughput";
	r->unit_text = works[w].rate;
	r->quality = "unreviewed";
	published_value(l, r, rate, works[w].unit, "higher");
	r->power_w = watts > 0 ? published_digits(l, watts) : "";
	r->energy = energy > 0 ? published_digits(l, energy) : "";
	r->energy_unit = works[w].energy_unit;
	r->power_scope = "GPUs alone, steady state";
}

static enum cm_status read(const struct published_from *from, struct published_list *l,
			   struct cm_err *err)
{
	struct cmj *o = NULL;
	const struct cmj *list;
	enum cm_status st = cmj_parse(from->bytes, from->len, from->path, &o, err);

	if (st)
		return st;
	list = cmj_get(o, "configurations");
	if (cmj_is_object(cmj_get(o, "models")) && cmj_get(o, "tasks"))
		published_refuse(l, from->path, "", "an index of models, no result");
	else if (!cmj_is_array(list))
		st = cm_fail(err, CM_EINPUT, "%s: expected a list 'configurations'", from->path);
	for (size_t i = 0; !st && i < cmj_len(list); i++)
		configuration(from, l, o, cmj_at(list, i), pool_printf(&l->pool, "/configurations/%zu", i));
	cmj_free(o);
	return st;
}

static bool knows(const struct published_from *from)
{
	return (strstr(from->bytes, "\"configurations\"") && strstr(from->bytes, "\"gpu_model\"")) ||
	       (strstr(from->bytes, "\"architectures\"") && strstr(from->bytes, "\"last_updated\""));
}

const struct result_format result_ml_energy = {
	.abi = CM_PUBLISHED_ABI,
	.name = "ml_energy",
	.desc = "ML.ENERGY leaderboard: a model's file",
	.family = "",
	.knows = knows,
	.read = read,
};
