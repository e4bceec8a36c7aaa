// The page's what-if: fields and sliders for the inputs that move the answers most; the model runs here
// again at each change. A link can carry changed inputs: #set:use=50&own.servers=5
// data and run come from the decision (reports/decide/tco_panel.c); texts enter as text, never as HTML.
(data, run) => {
	const panel = document.getElementById('panel');
	if (!panel) return;
	const make = (tag, set, ...kids) => {
		const e = Object.assign(document.createElement(tag), set);
		e.append(...kids);
		return e;
	};
	const shown = (v, digits = 4) => v === 0 || (Math.abs(v) >= 1e-4 && Math.abs(v) < 1e15)
		? new Intl.NumberFormat('en', { maximumSignificantDigits: digits }).format(v) : v.toExponential(3);
	const answers = x => {
		const out = run(x);
		return data.options.map(o => {
			const missed = o.needs.find(n => [].concat(out[n.at].length ? [...out[n.at]] : out[n.at]).some(v => v === 0));
			const npv = o.npv < 0 ? NaN : out[o.npv];
			return { npv, unit: o.unit < 0 ? NaN : out[o.unit], out: missed ? missed.why : Number.isFinite(npv) ? ''
				: 'it has no value with these inputs' };
		});
	};
	const base = answers(data.inputs);

	const said = make('p', { className: 'lead' });
	said.setAttribute('aria-live', 'polite');
	const head = make('tr', {}, ...[['Option', ''], ['Present value of all costs', 'n'], ['Against the report', 'n'],
		['Cost per unit of work', 'n']].map(([t, c]) => {
		const th = make('th', { scope: 'col', className: c }, t);
		if (t.startsWith('Present')) th.append(make('span', { className: 'u' }, data.currency));
		return th;
	}));
	const rows = data.options.map(o => {
		const cells = [0, 1, 2].map(() => make('td', { className: 'n' }));
		const tr = make('tr', {}, make('th', { scope: 'row' }, o.label), ...cells);
		tr.dataset.option = o.name;
		return { tr, cells };
	});

	const show = x => {
		const now = answers(x);
		let best = -1;
		now.forEach((a, i) => { if (!a.out && (best < 0 || a.npv < now[best].npv)) best = i; });
		now.forEach((a, i) => {
			const [npv, off, unit] = rows[i].cells;
			const change = a.npv / base[i].npv - 1;
			npv.replaceChildren(a.out ? make('span', { className: 'm' }, 'left out: ' + a.out)
				: make('span', { className: 'v' }, shown(a.npv)));
			off.textContent = a.out || !Number.isFinite(change) ? '' : Math.abs(change) < 5e-5 ? 'as there'
				: (change > 0 ? '+' : '−') + shown(Math.abs(change) * 100, 3) + ' %';
			unit.replaceChildren(...(Number.isFinite(a.unit) && !a.out ? [make('span', { className: 'v' }, shown(a.unit)), ' ',
				make('span', { className: 'u' }, data.options[i].per)] : []));
			npv.dataset.v = a.out ? '' : a.npv;
			unit.dataset.v = a.out ? '' : a.unit;
			rows[i].tr.classList.toggle('least', i === best);
		});
		panel.dataset.least = best < 0 ? '' : data.options[best].name;
		said.textContent = best < 0 ? 'With these inputs no option can do the work.'
			: `With these inputs ${data.options[best].label} costs least: ${shown(now[best].npv, 3)} ${data.currency} over ` +
				`${data.months} months.`;
	};

	const controls = data.controls.map((c, i) => {
		const id = `what-if-${i}`;
		const field = make('input', { type: 'number', step: 'any', id, value: c.value });
		const slider = make('input', { type: 'range', min: c.from, max: c.to, step: 'any', value: c.value });
		slider.setAttribute('aria-label', c.label);
		const row = make('div', { className: 'control' }, make('label', { htmlFor: id }, c.label,
			...(c.of ? [make('span', { className: 'u' }, c.of)] : [])), slider, field, make('span', { className: 'u' }, c.unit));
		return { ...c, field, slider, row };
	});
	// What is not a number counts as the report's value.
	const value = c => c.field.value.trim() === '' || !Number.isFinite(Number(c.field.value)) ? c.value : Number(c.field.value);
	const update = link => {
		const x = data.inputs.slice();
		controls.forEach(c => {
			c.at.forEach(k => { x[k] = value(c); });
			c.row.classList.toggle('changed', value(c) !== c.value);
		});
		show(x);
		if (link) {
			const set = controls.filter(c => value(c) !== c.value).map(c => `${encodeURIComponent(c.name)}=${value(c)}`);
			history.replaceState(null, '', set.length ? '#set:' + set.join('&') : '#panel');
		}
	};
	controls.forEach(c => {
		c.slider.addEventListener('input', () => { c.field.value = Number(Number(c.slider.value).toPrecision(4)); update(true); });
		c.field.addEventListener('input', () => { c.slider.value = value(c); update(true); });
	});
	const reset = make('button', { type: 'button' }, 'Back to the report’s values');
	reset.addEventListener('click', () => {
		controls.forEach(c => { c.field.value = c.slider.value = c.value; });
		update(true);
	});
	const follow = () => {
		if (!location.hash.startsWith('#set:')) return;
		for (const pair of location.hash.slice(5).split('&')) {
			const [name, v] = pair.split('=');
			controls.filter(c => encodeURIComponent(c.name) === name).forEach(c => { c.field.value = c.slider.value = v; c.field.value = v; });
		}
	};
	addEventListener('hashchange', () => { follow(); update(false); });

	panel.append(make('h2', {}, 'What if?'), make('p', {}, 'Change an input and the whole model is computed again, on this page ' +
		'alone. Shown are the inputs that move the answers most; the report itself stays as it is.' + (data.left
		? ` The ${data.left} dearest options are left away here.` : '')), said, make('div', { className: 'controls' },
	...controls.map(c => c.row)), reset, make('div', { className: 'scroll' }, make('table', {}, make('thead', {}, head),
		make('tbody', {}, ...rows.map(r => r.tr)))));
	panel.hidden = false;
	follow();
	update(false);
}
