// The page without its charts: contents that follow the reader, tables sorted by a click, details opened
// for print. What goes wrong is written on <html>, where a test reads it.
'use strict';
(() => {
	const root = document.documentElement;
	const say = (name, text) => { root.dataset[name] = (root.dataset[name] ? root.dataset[name] + '; ' : '') + text; };
	addEventListener('error', e => say('error', e.message + ' at ' + e.lineno + ':' + e.colno));
	addEventListener('unhandledrejection', e => say('error', String(e.reason)));
	document.addEventListener('securitypolicyviolation', e => say('blocked', e.violatedDirective + ' ' + e.sourceFile + ':' +
		e.lineNumber));

	// Rows by one column; numbers by their whole value, what was not measured last. A third click: as written.
	const key = cell => cell.dataset.v !== undefined && cell.dataset.v !== '' ? Number(cell.dataset.v)
		: cell.querySelector('.m') ? null : cell.textContent.trim();
	const before = (a, b) => a === null || b === null ? (a === null) - (b === null)
		: typeof a === 'number' && typeof b === 'number' ? a - b
		: String(a).localeCompare(String(b), 'en', { numeric: true });
	const sortable = table => {
		const body = table.tBodies[0], written = [...body.rows], heads = [...table.tHead.rows[0].cells];
		if (written.length < 3)
			return;
		table.classList.add('sortable');
		heads.forEach((head, i) => {
			const button = document.createElement('button');
			button.type = 'button';
			button.title = 'sort by this column';
			button.setAttribute('aria-label', 'sort by ' + head.textContent.trim());
			head.append(button);
			button.addEventListener('click', () => {
				const was = head.getAttribute('aria-sort');
				const now = was === null ? 'ascending' : was === 'ascending' ? 'descending' : null;
				heads.forEach(h => h.removeAttribute('aria-sort'));
				let rows = written;
				if (now) {
					head.setAttribute('aria-sort', now);
					const sign = now === 'ascending' ? 1 : -1;
					rows = written.map(row => [key(row.cells[i]), row]).sort((a, b) =>
						a[0] === null || b[0] === null ? before(a[0], b[0]) : sign * before(a[0], b[0]))
						.map(pair => pair[1]);
				}
				body.append(...rows);
			});
		});
	};
	document.querySelectorAll('main table').forEach(sortable);

	// The section being read is marked in the contents.
	const links = new Map([...document.querySelectorAll('.toc a')].map(a => [a.hash.slice(1), a]));
	const sections = [...document.querySelectorAll('main > section')].filter(s => links.has(s.id));
	const mark = () => {
		const at = sections.filter(s => s.getBoundingClientRect().top < innerHeight / 3).pop() || sections[0];
		links.forEach((a, id) => {
			a.classList.toggle('here', at && id === at.id);
			if (at && id === at.id)
				a.setAttribute('aria-current', 'true');
			else
				a.removeAttribute('aria-current');
		});
	};
	let waiting = false;
	addEventListener('scroll', () => {
		if (!waiting)
			requestAnimationFrame(() => { waiting = false; mark(); });
		waiting = true;
	}, { passive: true });
	mark();

	// A link into a folded table opens it; paper has nothing to click on.
	const reveal = () => {
		const at = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
		const fold = at && at.closest('details');
		if (fold) {
			fold.open = true;
			at.scrollIntoView();
		}
	};
	addEventListener('hashchange', reveal);
	reveal();
	let opened = [];
	addEventListener('beforeprint', () => {
		opened = [...document.querySelectorAll('details:not([open])')];
		opened.forEach(d => { d.open = true; });
	});
	addEventListener('afterprint', () => opened.forEach(d => { d.open = false; }));

	root.dataset.page = 'ready';
})();
