/* Values with their spread: numbers, ranges and distributions, as text and as the ends of a bar. */
#include "model/spread.h"

#include <math.h>
#include <string.h>

static const struct { const char *word; enum spread_kind kind; unsigned args; const char *shape; }
	kinds[] = {
	{ "normal", SPREAD_NORMAL, 2, "normal(MEAN, DEVIATION)" },
	{ "triangular", SPREAD_TRIANGULAR, 3, "triangular(LEAST, LIKELIEST, MOST)" },
	{ "lognormal", SPREAD_LOGNORMAL, 2, "lognormal(MEAN, DEVIATION)" },
};

static bool signed_number(struct scan *s, double *v)
{
	scan_blank(s);
	const struct scan before = *s;
	const bool minus = s->p < s->end && *s->p == '-';
	if (minus || (s->p < s->end && *s->p == '+'))
		s->p++;
	if (!scan_number(s, v)) {
		*s = before;
		return false;
	}
	if (minus)
		*v = -*v;
	return true;
}

/* What is wrong with the numbers of a spread, or NULL. */
static const char *spread_wrong(const struct spread *x)
{
	if (!isfinite(x->a) || !isfinite(x->b) || !isfinite(x->c))
		return "a number is too large";
	switch (x->kind) {
	case SPREAD_POINT:
		return NULL;
	case SPREAD_RANGE:
		return x->a < x->b ? NULL : "a range goes from the lesser to the greater value";
	case SPREAD_NORMAL:
		return x->b > 0 ? NULL : "the deviation must be greater than 0";
	case SPREAD_TRIANGULAR:
		return x->a <= x->b && x->b <= x->c && x->a < x->c
			       ? NULL : "expected LEAST <= LIKELIEST <= MOST";
	case SPREAD_LOGNORMAL:
		return x->a > 0 && x->b > 0 ? NULL : "mean and deviation must be greater than 0";
	}
	return "unknown kind";
}

static enum cm_status distribution(struct scan *s, size_t kind, struct spread *out,
				   struct cm_err *err)
{
	double v[3] = { 0 };
	const struct model_pos pos = scan_pos(s);
	for (unsigned i = 0; i < kinds[kind].args; i++)
		if (!signed_number(s, &v[i]) || !scan_word(s, i + 1 < kinds[kind].args ? "," : ")"))
			return cm_fail_at(err, CM_EINPUT, pos.file, pos.line, pos.col,
					  "expected %s with plain numbers", kinds[kind].shape);
	*out = (struct spread){ .kind = kinds[kind].kind, .a = v[0], .b = v[1], .c = v[2] };
	return CM_OK;
}

enum cm_status spread_scan(struct scan *s, struct spread *out, bool *found, struct cm_err *err)
{
	*found = false;
	scan_blank(s);
	const struct model_pos pos = scan_pos(s);
	struct spread x = { .kind = SPREAD_POINT };
	for (size_t i = 0; i < CM_COUNT(kinds) && !*found; i++) {
		const struct scan before = *s;
		if (!scan_word(s, kinds[i].word))
			continue;
		if (!scan_word(s, "(")) {
			*s = before;
			continue;
		}
		const enum cm_status st = distribution(s, i, &x, err);
		if (st)
			return st;
		*found = true;
	}
	if (!*found) {
		if (!signed_number(s, &x.a))
			return CM_OK;
		*found = true;
		if (s->p + 1 < s->end && s->p[0] == '.' && s->p[1] == '.') {
			s->p += 2;
			if (!signed_number(s, &x.b))
				return scan_fail(s, err, "a number after '..'");
			x.kind = SPREAD_RANGE;
		} else if (s->p < s->end && (*s->p == ',' || *s->p == '\'')) {
			return scan_fail(s, err, "digits without separators ('1000.5')");
		}
	}
	const char *wrong = spread_wrong(&x);
	if (wrong)
		return cm_fail_at(err, CM_EINPUT, pos.file, pos.line, pos.col, "%s", wrong);
	*out = x;
	return CM_OK;
}

enum cm_status spread_parse(const char *text, struct model_pos at, struct spread *out,
			    const char **unit, struct cm_err *err)
{
	struct pool pool = { 0 };
	struct scan s = { .p = text, .end = text + strlen(text), .line_start = text,
			  .at = at, .pool = &pool };
	bool found;
	enum cm_status st = spread_scan(&s, out, &found, err);
	if (!st && !found)
		st = scan_fail(&s, err, "a number, a range 'A..B' or a distribution");
	if (!st) {
		while (*s.p == ' ' || *s.p == '\t')
			s.p++;
		*unit = s.p;
	}
	str_free(&s.why);
	pool_free(&pool);
	return st;
}

/* Parameters of the logarithm, from mean and deviation of the quantity. */
void spread_log(const struct spread *s, double *mu, double *sigma)
{
	const double v = log1p((s->b / s->a) * (s->b / s->a));
	*mu = log(s->a) - v / 2;
	*sigma = sqrt(v);
}

static double triangular_quantile(const struct spread *s, double p)
{
	const double w = s->c - s->a, knee = (s->b - s->a) / w;
	return p < knee ? s->a + sqrt(p * w * (s->b - s->a))
			: s->c - sqrt((1 - p) * w * (s->c - s->b));
}

#define Z975 1.959963984540054 /* 97.5 % point of the normal distribution */

void spread_ends(const struct spread *s, double *value, double *lo, double *hi)
{
	double mu, sigma;
	switch (s->kind) {
	case SPREAD_POINT:
		*value = *lo = *hi = s->a;
		break;
	case SPREAD_RANGE:
		*value = s->a + (s->b - s->a) / 2;
		*lo = s->a;
		*hi = s->b;
		break;
	case SPREAD_NORMAL:
		*value = s->a;
		*lo = s->a - Z975 * s->b;
		*hi = s->a + Z975 * s->b;
		break;
	case SPREAD_TRIANGULAR:
		*value = s->b;
		*lo = triangular_quantile(s, 0.025);
		*hi = triangular_quantile(s, 0.975);
		break;
	case SPREAD_LOGNORMAL:
		spread_log(s, &mu, &sigma);
		*value = s->a;
		*lo = exp(mu - Z975 * sigma);
		*hi = exp(mu + Z975 * sigma);
		break;
	}
}

struct spread spread_scale(struct spread s, double factor)
{
	s.a *= factor;
	s.b *= factor;
	s.c *= factor;
	return s;
}
