// Draws the page's charts from the JSON beside them, as SVG, with Apache ECharts. Series are told apart by colour,
// pattern or dash, and by name where they are; the axis of a bar begins at zero unless it is logarithmic.
'use strict';
(() => {
	const COLOURS = ['#0072b2', '#e69f00', '#009e73', '#d55e00', '#56b4e9', '#cc79a7', '#8c8c8c', '#f0e442'];
	const INKS = [...COLOURS.slice(0, 7), '#a89b00']; // of lines: yellow alone is too pale on white
	const DASHES = ['solid', [7, 4], [2, 3], [9, 3, 2, 3], [4, 2], [12, 4]];
	const SYMBOLS = ['circle', 'rect', 'triangle', 'diamond', 'pin', 'arrow'];
	const line = { color: 'rgba(255,255,255,.5)' };
	const DECALS = [{ symbol: 'none' },
		{ ...line, dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: -Math.PI / 4 },
		{ ...line, symbol: 'circle', dashArrayX: [[8, 8], [0, 8, 8, 0]], dashArrayY: [6, 0], symbolSize: .7 },
		{ ...line, dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: Math.PI / 4 },
		{ ...line, dashArrayX: [1, 0], dashArrayY: [2, 5] },
		{ ...line, dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: Math.PI / 2 },
		{ ...line, symbol: 'rect', dashArrayX: [[6, 6], [0, 6, 6, 0]], dashArrayY: [6, 0], symbolSize: .6 },
		{ ...line, dashArrayX: [[10, 4], [0, 7, 7, 0]], dashArrayY: [3, 4], rotation: -Math.PI / 4 }];

	const plain = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 });
	const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });
	const odd = v => v !== 0 && (Math.abs(v) >= 1e15 || Math.abs(v) < 1e-4);
	const num = v => v === null || !isFinite(v) ? '' : odd(v) ? v.toExponential(2)
		: Math.abs(v) >= 1e4 ? short.format(v) : plain.format(v);
	const three = { minimumSignificantDigits: 3, maximumSignificantDigits: 3 };
	const longer = new Intl.NumberFormat('en-US', { notation: 'compact', ...three });
	const label3 = v => v === null || !isFinite(v) ? '' : v === 0 ? '0' : odd(v) ? v.toExponential(2)
		: Math.abs(v) >= 1e4 ? longer.format(v)
		: Math.abs(v) >= 100 ? Math.round(v).toLocaleString('en-US') : v.toLocaleString('en-US', three);
	const signed = v => (v > 0 ? '+' : '') + label3(v).replace('-', '\u2212');
	const colour = i => COLOURS[i % COLOURS.length];

	const onPaper = () => matchMedia('print').matches;

	// Colours of the text come from the page's style, which knows the dark mode and paper.
	const theme = () => {
		const style = getComputedStyle(document.documentElement);
		const of = name => style.getPropertyValue(name).trim();
		return { ink: of('--ink'), soft: of('--soft'), line: of('--line'), back: of('--back'), panel: of('--panel') };
	};
	const axis = (t, more) => ({
		nameLocation: 'middle', nameTextStyle: { color: t.soft, fontSize: 12 },
		axisLabel: { color: t.soft, fontSize: 12, hideOverlap: true, formatter: num, ...more.label },
		axisLine: { lineStyle: { color: t.soft } }, axisTick: { show: false },
		splitLine: { lineStyle: { color: t.line } }, ...more.axis,
	});
	const values = (t, name, log, more = {}) => axis(t, { label: more.label, axis: {
		type: log ? 'log' : 'value', name: name + (log ? ' (logarithmic)' : ''), nameGap: 30, ...more.axis } });
	const common = (c, t) => ({
		animation: false, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
		color: COLOURS,
		aria: { enabled: true, label: { description: c.title + '. ' + c.alt },
			decal: { show: c.series.length > 1, decals: DECALS } },
		tooltip: { renderMode: 'richText', confine: true, backgroundColor: t.back, borderColor: t.line,
			textStyle: { color: t.ink, fontSize: 12 }, trigger: 'item',
			valueFormatter: v => typeof v === 'number' ? plain.format(v) : v },
	});
	const legend = (c, t, width) => c.series.length < 2 ? { show: false } : { show: true, top: 0, left: 0, width: width - 10,
		data: c.series.map(s => s.name),
		textStyle: { color: t.ink, fontSize: 12 }, itemWidth: 22, itemHeight: 12, itemGap: 14, selectedMode: false };
	// Rows that the legend takes: its width is not known before it is drawn, so it is estimated by letters.
	const legendRows = (c, width) => {
		let rows = 1, at = 0;
		for (const s of c.series) {
			const w = 44 + 6.6 * s.name.length;
			if (at && at + w > width - 10) {
				rows++;
				at = 0;
			}
			at += w;
		}
		return c.series.length < 2 ? 0 : rows;
	};

	// ---- bars and stacks lie on their side: names of options are long -------------------------------
	const whiskers = (s, n, count, t) => ({
		type: 'custom', name: s.name + ', interval', silent: true, z: 5, tooltip: { show: false },
		encode: { x: [0, 1], y: 2 }, data: s.lo.map((lo, i) => [lo, s.hi[i], i]),
		renderItem: (params, api) => {
			const place = api.barLayout({ count, barGap: '15%', barCategoryGap: '36%' })[n];
			const [x0, mid] = api.coord([api.value(0), api.value(2)]), [x1] = api.coord([api.value(1), api.value(2)]);
			const y = mid + place.offsetCenter, h = Math.min(place.width / 3, 6);
			if (!isFinite(x0) || !isFinite(x1) || x1 - x0 < 1)
				return null;
			const shape = (a, b, c, d) => ({ type: 'line', shape: { x1: a, y1: b, x2: c, y2: d },
				style: { stroke: t.ink, lineWidth: 1.5 } });
			return { type: 'group', children: [shape(x0, y, x1, y), shape(x0, y - h, x0, y + h),
				shape(x1, y - h, x1, y + h)] };
		},
	});
	// Place for the names: as the longest needs, at most a third of the chart, wrapped.
	const names = (c, t, width) => {
		const room = Math.min(Math.max(...c.categories.map(n => n.length * 6.7), 40), Math.max(width * .32, 96));
		return { room, axis: axis(t, { label: { color: t.ink, width: room, overflow: 'break', interval: 0, formatter: null,
			lineHeight: 14 }, axis: { type: 'category', inverse: true, data: c.categories, splitLine: { show: false } } }) };
	};
	const bars = (c, t, width) => {
		const stack = c.chart === 'stack', n = c.categories.length, per = stack ? 1 : c.series.length;
		const y = names(c, t, width), top = legendRows(c, width) * 22 + 8;
		const most = s => s.y.map((v, i) => Math.max(v || 0, s.hi ? s.hi[i] || 0 : 0));
		const label = { show: true, position: 'right', color: t.ink, fontSize: 12, distance: 6,
			formatter: p => label3(p.value) };
		const series = c.series.map((s, i) => ({
			type: 'bar', name: s.name, data: s.y, stack: stack ? 'all' : undefined, barGap: '15%', barCategoryGap: '36%',
			itemStyle: { borderColor: t.back, borderWidth: stack ? 1 : 0, color: colour(i) }, barMaxWidth: stack ? 26 : 22,
			label: stack ? { show: false } : { ...label,
				formatter: p => (s.label && s.label[p.dataIndex]) || label3(p.value) },
		}));
		if (stack) // an empty bar at the end of each carries its sum
			series.push({ type: 'bar', name: 'sum', stack: 'all', silent: true, data: c.categories.map(() => 0), tooltip: { show: false },
				label: { ...label, fontWeight: 600,
					formatter: p => label3(c.series.reduce((sum, s) => sum + (s.y[p.dataIndex] || 0), 0)) } });
		else // the value stands right of the interval's end
			c.series.forEach((s, i) => {
				if (!s.lo)
					return;
				series[i].label.show = false;
				series.push(whiskers(s, i, per, t));
				series.push({ type: 'custom', name: s.name + ', value', silent: true, z: 6, tooltip: { show: false },
					encode: { x: 0, y: 1 }, data: most(s).map((v, k) => [v, k]),
					renderItem: (params, api) => {
						const place = api.barLayout({ count: per, barGap: '15%', barCategoryGap: '36%' })[i];
						const k = params.dataIndex, [px, py] = api.coord([api.value(0), api.value(1)]);
						return !isFinite(px) ? null : { type: 'text', x: px + 7, y: py + place.offsetCenter, style: {
							text: (s.label && s.label[k]) || label3(s.y[k]), fill: t.ink, fontSize: 12,
							verticalAlign: 'middle' } };
					} });
			});
		return {
			height: top + n * Math.max(n > 12 || onPaper() ? 25 : 36, per * 20 + (per > 1 ? 16 : 0)) + 52,
			option: { ...common(c, t), legend: legend(c, t, width),
				grid: { left: y.room + 12, right: 64, top, bottom: 44 },
				yAxis: y.axis, xAxis: values(t, c.x_title || c.y_title, c.log_x || c.log_y, { label: { formatter: num } }), series },
		};
	};

	// ---- lines over numbers; the interval is a band, the name stands at the end of its line ------------
	const band = (s, i) => ({
		type: 'custom', name: s.name + ', interval', silent: true, z: 1, tooltip: { show: false }, clip: true,
		encode: { x: 0, y: [1, 2] }, data: [[s.x[0], s.lo[0], s.hi[0]]],
		renderItem: (params, api) => ({ type: 'polygon', shape: { points: [
			...s.x.map((x, k) => api.coord([x, s.lo[k]])), ...s.x.map((x, k) => api.coord([x, s.hi[k]])).reverse()] },
			style: { fill: colour(i), opacity: .14 } }),
	});
	const markLine = (c, t) => !c.mark_text || !isFinite(c.mark_x) || c.mark_x === null ? undefined : {
		silent: true, symbol: 'none', animation: false, data: [{ xAxis: c.mark_x }],
		lineStyle: { color: t.ink, type: [4, 4], width: 1.5 },
		label: { formatter: c.mark_text, color: t.ink, fontSize: 12, fontWeight: 600, position: 'end', distance: 4 },
	};
	// Names at the right, moved apart where their lines end close to each other, each led to by a thin line.
	const endNames = (xs, t, room) => ({
		type: 'custom', name: 'names', silent: true, z: 10, tooltip: { show: false }, encode: { x: 0, y: 1 },
		data: [xs.map(s => [s.x[s.x.length - 1], s.y[s.y.length - 1]])[0]],
		renderItem: (params, api) => {
			const box = params.coordSys, gap = 15, right = box.x + box.width, bottom = box.y + box.height;
			const ends = xs.map((s, i) => {
				const last = s.y.reduce((at, v, k) => v !== null && isFinite(v) ? k : at, -1);
				return last < 0 ? null : { name: s.name, i, from: api.coord([s.x[last], s.y[last]]) };
			}).filter(e => e && isFinite(e.from[1])).sort((a, b) => a.from[1] - b.from[1]);
			ends.forEach((e, k) => { e.y = Math.max(e.from[1], k ? ends[k - 1].y + gap : box.y - 6); });
			for (let k = ends.length - 1, most = bottom + 2; k >= 0; k--, most -= gap)
				ends[k].y = Math.min(ends[k].y, most);
			const most = Math.floor(room / 6.3), cut = name => name.length > most ? name.slice(0, most - 1) + '\u2026' : name;
			return { type: 'group', children: ends.flatMap(e => [
				{ type: 'polyline', shape: { points: [[e.from[0] + 3, e.from[1]], [right + 8, e.from[1]], [right + 14, e.y],
					[right + 18, e.y]] }, style: { stroke: INKS[e.i % INKS.length], lineWidth: 1, fill: 'none' } },
				{ type: 'text', x: right + 22, y: e.y, style: { text: cut(e.name), fill: t.ink, fontSize: 12, verticalAlign: 'middle',
					fontWeight: e.i ? 400 : 600 } }]) };
		},
	});
	const lines = (c, t, width) => {
		const wide = width > 560 && c.series.length > 1, top = wide ? 26 : legendRows(c, width) * 22 + 26;
		const room = wide ? Math.min(Math.max(...c.series.map(s => s.name.length * 6.7)), width * .3) : 8;
		const xs = c.series.map(s => s.x ? s : { ...s, x: s.y.map((v, k) => k) });
		const ends = xs.flatMap(s => s.x.length ? [s.x[0], s.x[s.x.length - 1]] : []);
		const series = xs.map((s, i) => ({
			type: c.chart === 'scatter' ? 'scatter' : 'line', name: s.name, data: s.x.map((x, k) => [x, s.y[k]]),
			symbol: SYMBOLS[i % SYMBOLS.length], symbolSize: c.chart === 'scatter' ? 11 : 6,
			showSymbol: c.chart === 'scatter' || s.x.length < 30, itemStyle: { color: INKS[i % INKS.length] },
			lineStyle: { color: INKS[i % INKS.length], width: i ? 2.2 : 3.5, type: DASHES[i % DASHES.length] },
			label: s.label ? { show: true, position: 'top', color: t.ink, fontSize: 11,
				formatter: p => s.label[p.dataIndex] } : undefined,
			labelLayout: { hideOverlap: true },
			markLine: i ? undefined : markLine(c, t), emphasis: { disabled: true },
		}));
		const named = wide && c.chart === 'lines' && ends.length > 0;
		return {
			height: Math.min(Math.max(width * .48, 260), 430) + (named ? 0 : top - 26),
			option: { ...common(c, t), legend: named ? { show: false } : legend(c, t, width),
				tooltip: { ...common(c, t).tooltip, trigger: c.chart === 'scatter' ? 'item' : 'axis' },
				grid: { left: 66, right: named ? room + 34 : 22, top, bottom: 48 },
				xAxis: values(t, c.x_title, c.log_x, { axis: { min: Math.min(...ends), max: Math.max(...ends),
					scale: true, splitLine: { show: false } } }),
				yAxis: values(t, c.y_title, c.log_y, { axis: { nameGap: 48, scale: c.chart === 'scatter' } }),
				series: [...xs.flatMap((s, i) => s.lo && s.x.length ? [band(s, i)] : []), ...series,
					...(named ? [endNames(xs, t, room)] : [])] },
		};
	};
	const scatter = (c, t, width) => {
		const made = lines(c, t, width), o = made.option;
		delete o.xAxis.min;
		delete o.xAxis.max;
		return made;
	};

	// ---- tornado: how far each input moves the result from its base ------------------------------------
	const tornado = (c, t, width) => {
		const y = names(c, t, width), top = legendRows(c, width) * 22 + 8;
		const series = c.series.map((s, i) => ({
			type: 'bar', name: s.name, data: s.y.map(v => v === null ? null : v - c.base), barGap: '-100%', barMaxWidth: 22,
			barCategoryGap: '34%', itemStyle: { color: colour(i) },
			label: { show: true, color: t.ink, fontSize: 11, distance: 5, formatter: p => (s.label && s.label[p.dataIndex]) || signed(p.value) },
			tooltip: { valueFormatter: v => signed(v) + ' (' + plain.format(v + c.base) + ')' },
		}));
		series.forEach(s => { s.data = s.data.map(v => ({ value: v, label: { position: v < 0 ? 'left' : 'right' } })); });
		const far = Math.max(...c.series.flatMap(s => s.y.map(v => Math.abs((v ?? c.base) - c.base))), 0) * (width > 560 ? 1.35 : 1.7);
		return {
			height: top + c.categories.length * 36 + 56,
			option: { ...common(c, t), legend: legend(c, t, width), grid: { left: y.room + 12, right: 24, top, bottom: 46 },
				yAxis: { ...y.axis, axisLine: { show: false } },
				xAxis: values(t, (c.x_title || c.y_title) + ', from ' + plain.format(c.base), false, { label: { formatter: signed },
					axis: far > 0 ? { min: -far, max: far, splitLine: { showMinLine: false, showMaxLine: false, lineStyle: { color: t.line } },
						axisLabel: { color: t.soft, formatter: signed, showMinLabel: false, showMaxLabel: false } } : {} }),
				series },
		};
	};

	// ---- each figure of the page ---------------------------------------------------------------------------
	const DRAW = { bars, stack: bars, lines, scatter, tornado };
	const shown = [];
	const draw = item => {
		const width = item.plot.clientWidth;
		if (!width)
			return;
		const made = DRAW[item.data.chart](item.data, theme(), width);
		item.plot.style.height = made.height + 'px';
		if (item.chart)
			item.chart.dispose();
		item.chart = echarts.init(item.plot, null, { renderer: 'svg', width, height: made.height });
		item.chart.setOption(made.option);
		item.chart.getZr().flush(); // now: paper does not wait for the next frame
		item.width = width;
		const svg = item.plot.querySelector('svg'); // so that paper can scale it
		svg.setAttribute('viewBox', '0 0 ' + width + ' ' + made.height);
		svg.setAttribute('focusable', 'false');
	};
	document.querySelectorAll('main figure').forEach(figure => {
		const data = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
		const item = { data, plot: figure.querySelector('.plot') };
		figure.classList.add('drawn');
		draw(item);
		shown.push(item);
	});
	const again = () => shown.forEach(draw);
	const watch = new ResizeObserver(seen => seen.forEach(e => {
		const item = shown.find(i => i.plot === e.target);
		if (item.plot.clientWidth !== item.width)
			draw(item);
	}));
	shown.forEach(item => watch.observe(item.plot));
	matchMedia('(prefers-color-scheme: dark)').addEventListener('change', again);
	matchMedia('print').addEventListener('change', again);
	document.documentElement.dataset.charts = String(shown.length);
})();
