/*
 * The graph as JavaScript. A node that is used once is written inside the one that uses it; what is left
 * becomes a constant of the function, in the order of the nodes. A recurrence is one loop over months.
 * Each helper computes what the C function of the same purpose does, step by step (eval.c, special.c).
 * No text of a scenario enters the script: names, labels and units stay outside.
 */
#include "model/print_script.h"

#include <math.h>
#include <stdlib.h>

#include "model/print_common.h"

#define DEPTH_MAX 40 /* of one expression, for parsers that recurse */

struct script {
	const struct model *m;
	const struct model_node *node;
	size_t nodes;
	struct print_uses uses;
	bool *own;           /* [nodes] a variable of its own */
	uint32_t *input;     /* [nodes] place in the array of inputs, MODEL_NONE */
	struct str *out;
};

/* `N` is the last month. */
static const char helpers[] =
	"const z=()=>new Float64Array(N+1),"
	"s=f=>{const a=z();for(let t=0;t<=N;t++)a[t]=f(t);return a},"
	"c=f=>{const a=z();let v=0;for(let t=0;t<=N;t++)a[t]=v+=f(t);return a},"
	"sum=f=>{let v=0;for(let t=0;t<=N;t++)v+=f(t);return v},"
	"div=(a,b)=>b===0?NaN:a/b,"
	"pow=(a,b)=>a===1?1:Math.pow(a,b),"
	"iff=(v,a,b)=>isNaN(v)?NaN:v!==0?a:b,"
	"lt=(a,b)=>a<b?1:a>=b?0:NaN,"
	"le=(a,b)=>a<=b?1:a>b?0:NaN,"
	"eq=(a,b)=>a===b?1:isNaN(a)||isNaN(b)?NaN:0,"
	"not=a=>a===0?1:isNaN(a)?NaN:0,"
	"and=(a,b)=>isNaN(a)||isNaN(b)?NaN:a!==0&&b!==0?1:0,"
	"or=(a,b)=>isNaN(a)||isNaN(b)?NaN:a!==0||b!==0?1:0,"
	"log=a=>a>0?Math.log(a):NaN,"
	"rint=a=>{const r=Math.round(a);return r-a===.5&&r%2!==0?r-1:r},"
	"pick=(a,k)=>{k=rint(k);return k>=0&&k<=N?a[k]:NaN};\n"
	"const macrs=(life,year)=>{"
	"if(![3,5,7,10,15,20].includes(life))return NaN;"
	"const f=life<=10?2:1.5;let left=1,share=0;"
	"for(let y=1;y<=life+1&&y<=year;y++){"
	"const part=y===1?.5:1,years=life-(y-1)+(y===1?0:.5),d=left*f/life*part,"
	"l=years>0?left/years*part:left;"
	"share=d>l?d:l;if(y===life+1)share=left;left-=share}"
	"return year>=1&&year<=life+1?share:0};\n"
	"const waits=(n,a,v)=>{const b=1/v;return a<n?n*b/(n-a*(1-b)):1},"
	"queue=(n,a)=>{if(!(n>=1&&n<=1e5&&n===rint(n)&&a>=0))return NaN;if(a===0)return 0;"
	"let v=1;for(let k=1;k<=n&&v<Infinity;k++)v=1+v*k/a;return waits(n,a,v)},"
	"servers=(a,level,wait)=>{if(!(a>0&&a<1e5&&level>0&&level<1&&wait>=0))return NaN;"
	"let v=1;for(let n=1;n<=2e5;n++){v=1+v*n/a;"
	"if(n>a&&1-waits(n,a,v)*Math.exp(-(n-a)*wait)>=level)return n}return NaN};\n"
	"const worth=(a,r)=>{let v=0;for(let i=a.length;i-->0;)v=v/(1+r)+a[i];return v},"
	"irr=a=>{const r=[0,.02,-.02,.1,-.1,.5,-.4,2,-.7,10,-.9,100,-.99];"
	"for(let i=1;i<r.length;i++){let lo=r[i<3?0:i-2],hi=r[i];const at=worth(a,lo);"
	"if(at===0)return lo;const w=worth(a,hi);"
	"if(!isFinite(w)||at<0===w<0)continue;"
	"for(let k=0;k<200;k++){const mid=(lo+hi)/2;if(worth(a,mid)<0===at<0)lo=mid;else hi=mid}"
	"return(lo+hi)/2}return NaN};\n";

/* How an operator is written; A, B and C stand for its arguments. */
static const char *const forms[MODEL_OP_NR] = {
	[OP_ADD] = "(A+B)", [OP_SUB] = "(A-B)", [OP_MUL] = "A*B", [OP_DIV] = "div(A,B)",
	[OP_POW] = "pow(A,B)", [OP_NEG] = "(-A)", [OP_LT] = "lt(A,B)", [OP_LE] = "le(A,B)",
	[OP_EQ] = "eq(A,B)", [OP_NE] = "(1-eq(A,B))", [OP_AND] = "and(A,B)", [OP_OR] = "or(A,B)",
	[OP_NOT] = "not(A)", [OP_MIN] = "Math.min(A,B)", [OP_MAX] = "Math.max(A,B)",
	[OP_IF] = "iff(A,B,C)",
	[OP_ABS] = "Math.abs(A)", [OP_EXP] = "Math.exp(A)", [OP_LOG] = "log(A)",
	[OP_SQRT] = "Math.sqrt(A)", [OP_FLOOR] = "Math.floor(A)", [OP_CEIL] = "Math.ceil(A)",
	[OP_SUM] = "sum(t=>A)", [OP_CUM] = "c(t=>A)", [OP_MACRS] = "macrs(A,B)",
	[OP_ERLANG_C] = "queue(A,B)", [OP_ERLANG_N] = "servers(A,B,C)",
};

static bool leaf(const struct model_node *n)
{
	return n->op == OP_CONST || n->op == OP_INPUT || n->op == OP_MONTH;
}

static void number(struct str *out, double v)
{
	if (!isfinite(v)) {
		str_add(out, isnan(v) ? "NaN" : v > 0 ? "Infinity" : "(-Infinity)");
		return;
	}
	if (signbit(v))
		str_addc(out, '(');
	print_number(out, v);
	if (signbit(v))
		str_addc(out, ')');
}

static void node_text(struct script *x, uint32_t i);

/* A node where it is used: its variable, or its text in place. */
static void use_text(struct script *x, uint32_t i)
{
	const struct model_node *n = &x->node[i];
	if (n->op == OP_CONST)
		number(x->out, n->number);
	else if (n->op == OP_INPUT)
		str_addf(x->out, "x[%u]", x->input[i]);
	else if (n->op == OP_MONTH)
		str_addc(x->out, 't');
	else if (!x->own[i])
		node_text(x, i);
	else
		str_addf(x->out, n->series ? "n%u[t]" : "n%u", i);
}

static void node_text(struct script *x, uint32_t i)
{
	const struct model_node *n = &x->node[i];
	switch (n->op) {
	case OP_PREV:
		str_addf(x->out, "(t?n%u[t-1]:", n->arg[0]);
		use_text(x, n->arg[1]);
		str_addc(x->out, ')');
		return;
	case OP_PICK:
		str_addf(x->out, "pick(n%u,", n->arg[0]);
		use_text(x, n->arg[1]);
		str_addc(x->out, ')');
		return;
	case OP_IRR:
		str_addf(x->out, "irr(n%u)", n->arg[0]);
		return;
	default:
		for (const char *f = forms[n->op]; f && *f; f++)
			if (*f >= 'A' && *f <= 'C')
				use_text(x, n->arg[*f - 'A']);
			else
				str_addc(x->out, *f);
	}
}

/* What must be a variable: what is used more than once, what a helper takes whole, what would be
 * computed anew in each month, and what nests too deep. */
static void choose(struct script *x)
{
	unsigned char *depth = cm_alloc(x->nodes + 1);
	for (uint32_t i = 0; i < x->nodes; i++) {
		const struct model_node *n = &x->node[i];
		if (!x->uses.needed[i] || leaf(n))
			continue;
		unsigned deep = 1;
		for (unsigned a = 0; a < model_op_args((enum model_op)n->op); a++) {
			const uint32_t arg = n->arg[a];
			if (n->series && !x->node[arg].series && !leaf(&x->node[arg]))
				x->own[arg] = true;
			if ((n->op == OP_PREV || n->op == OP_PICK || n->op == OP_IRR) && a == 0)
				x->own[arg] = true;
			if (arg < i && !x->own[arg] && depth[arg] >= deep)
				deep = depth[arg] + 1u;
		}
		depth[i] = (unsigned char)deep;
		x->own[i] |= n->loop || n->op == OP_CUM || x->uses.count[i] > 1 || deep >= DEPTH_MAX;
	}
	free(depth);
}

/* The nodes of a recurrence, all of one month before the next. Returns the node after it. */
static uint32_t recurrence(struct script *x, uint32_t i)
{
	uint32_t end = i;
	for (; end < x->nodes && x->node[end].loop; end++)
		if (x->own[end])
			str_addf(x->out, "const n%u=z();", end);
	str_add(x->out, "for(let t=0;t<=N;t++){");
	for (uint32_t j = i; j < end; j++) {
		if (!x->own[j])
			continue;
		str_addf(x->out, "n%u[t]=", j);
		if (x->node[j].op == OP_CUM) {
			str_addf(x->out, "(t?n%u[t-1]:0)+", j);
			use_text(x, x->node[j].arg[0]);
		} else {
			node_text(x, j);
		}
		str_addc(x->out, ';');
	}
	str_add(x->out, "}\n");
	return end;
}

static void variable(struct script *x, uint32_t i)
{
	const bool months = x->node[i].series && x->node[i].op != OP_CUM;
	str_addf(x->out, "const n%u=%s", i, months ? "s(t=>" : "");
	node_text(x, i);
	str_add(x->out, months ? ");\n" : ";\n");
}

static void variables(struct script *x)
{
	for (uint32_t i = 0; i < x->nodes;) {
		const struct model_node *n = &x->node[i];
		if (x->own[i] && n->loop) {
			i = recurrence(x, i);
			continue;
		}
		if (x->own[i] && n->op == OP_MONTH) /* for who takes a series whole */
			str_addf(x->out, "const n%u=s(t=>t);\n", i);
		else if (x->own[i] && !leaf(n))
			variable(x, i);
		i++;
	}
}

static void result(struct script *x, uint32_t line, const struct model_line *all)
{
	const uint32_t i = all[line].node;
	if (x->node[i].op == OP_MONTH)
		str_add(x->out, "s(t=>t)");
	else if (leaf(&x->node[i]))
		use_text(x, i);
	else
		str_addf(x->out, "n%u", i);
}

void model_script(const struct model *m, const uint32_t *line, size_t lines, struct str *out)
{
	struct script x = { .m = m, .out = out };
	const struct model_line *all;
	const uint32_t *input;
	const size_t known = model_lines(m, &all), inputs = model_inputs(m, &input);
	x.nodes = model_nodes(m, &x.node);
	print_uses_make(m, line, lines, &x.uses);
	x.own = cm_alloc((x.nodes + 1) * sizeof *x.own);
	x.input = cm_alloc((x.nodes + 1) * sizeof *x.input);
	for (uint32_t i = 0; i < inputs; i++)
		x.input[all[input[i]].node] = i;
	if (!line)
		lines = known;
	for (uint32_t i = 0; i < lines; i++)
		x.own[all[line ? line[i] : i].node] = true;
	choose(&x);
	str_addf(out, "(()=>{\"use strict\";const N=%u;\n%sreturn x=>{\n", model_months(m), helpers);
	variables(&x);
	str_add(out, "return[");
	for (uint32_t i = 0; i < lines; i++) {
		if (i)
			str_addc(out, ',');
		result(&x, line ? line[i] : i, all);
	}
	str_add(out, "]}})()");
	print_uses_free(&x.uses);
	free(x.own);
	free(x.input);
}
