// Runs inside of an app's frame: finds controls and results as a person does, by what stands beside
// them. Python decides what to do and what to think of it.
(() => {
  'use strict';
  const bare = text => (text ?? '').normalize('NFKC').toLowerCase().replace(/[\s:*?…]+/g, ' ').trim();
  const shown = el => el.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true}) && el.getClientRects().length > 0;
  const text = el => (el.innerText ?? el.textContent ?? '').replace(/\s+/g, ' ').trim();
  const FIELDS = 'input:not([type=hidden]):not([type=submit]):not([type=button]):not([type=reset]), select, textarea, [contenteditable=true]';
  const BUTTONS = 'button, input[type=submit], input[type=button], input[type=reset], [role=button], [role=tab], a, summary, label, [onclick]';

  // all that a control is called by, the best first
  const names = el => {
    const found = [];
    for (const id of (el.getAttribute('aria-labelledby') ?? '').split(/\s+/)) {
      const by = id && document.getElementById(id);
      if (by) found.push(text(by));
    }
    found.push(el.getAttribute('aria-label'));
    for (const label of el.labels ?? []) {
      const copy = label.cloneNode(true);
      copy.querySelectorAll('select, textarea, input, datalist').forEach(c => c.remove());
      found.push((copy.textContent ?? '').replace(/\s+/g, ' '));
    }
    found.push(el.placeholder, el.title);
    // what stands just before it, in the same block
    let before = el.previousSibling;
    while (before && before.nodeType === 3 && !before.data.trim()) before = before.previousSibling;
    if (before && !(before.nodeType === 1 && before.matches(FIELDS))) found.push(before.nodeType === 3 ? before.data : text(before));
    found.push(el.name, el.id, (el.name ?? '').replace(/[_-]/g, ' '), (el.id ?? '').replace(/[_-]/g, ' '));
    return found.filter(Boolean).map(bare).filter(Boolean);
  };
  const score = (given, wanted) => {
    let best = 0;
    given.forEach((name, n) => {
      const rest = 1 - n / 100;
      if (name === wanted) best = Math.max(best, 4 * rest);
      else if (name.replace(/\(.*?\)|\[.*?\]/g, '').trim() === wanted) best = Math.max(best, 3.5 * rest);
      else if (name.startsWith(wanted + ' ')) best = Math.max(best, 3 * rest);
      else if (` ${name} `.includes(` ${wanted} `)) best = Math.max(best, 2 * rest);
      else if (wanted.length > 3 && name.includes(wanted)) best = Math.max(best, rest);
    });
    return best;
  };
  const pick = (all, wanted, named) => {
    let best = null, most = 0;
    for (const el of all) {
      if (!shown(el) && el.type !== 'checkbox' && el.type !== 'radio' && el.type !== 'file') continue;
      const worth = score(named(el), bare(wanted));
      if (worth > most) [best, most] = [el, worth];
    }
    return best;
  };
  const fields = () => [...document.querySelectorAll(FIELDS)];
  const field = wanted => pick(fields(), wanted, names);
  const set = (el, value) => {
    // as typed: a framework that watches the property hears of it
    const proto = el.tagName === 'TEXTAREA' ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(proto.prototype, 'value').set.call(el, value);
  };
  const tell = el => {
    el.dispatchEvent(new Event('input', {bubbles: true}));
    el.dispatchEvent(new Event('change', {bubbles: true}));
  };
  const yes = value => /^(yes|true|on|1|checked|x|✓)$/i.test(value.trim());

  // '' where it was done, else what a person would say
  const fill = (wanted, value) => {
    const el = field(wanted);
    const radios = [...document.querySelectorAll('input[type=radio]')];
    const group = radios.filter(r => {
      const set = r.closest('fieldset, [role=radiogroup]');
      const legend = set && (text(set.querySelector('legend') ?? document.createElement('i')) || set.getAttribute('aria-label') || '');
      return bare(legend) === bare(wanted) || bare(r.name).replace(/[_-]/g, ' ') === bare(wanted);
    });
    if (group.length) {
      const one = pick(group, value, r => [...names(r), bare(r.value)]);
      if (!one) return `${wanted} has no choice ${value}`;
      one.click();
      return '';
    }
    if (!el) return `there is no field ${wanted}`;
    el.focus();
    if (el.disabled) return `the field ${wanted} is switched off`;
    if (el.tagName === 'SELECT') {
      const options = [...el.options];
      const one = options.find(o => bare(o.text) === bare(value)) ?? options.find(o => bare(o.value) === bare(value))
        ?? options.find(o => bare(o.text).startsWith(bare(value)));
      if (!one) return `${wanted} has no choice ${value}`;
      el.value = one.value;
      tell(el);
      return '';
    }
    if (el.type === 'checkbox') {
      if (el.checked !== yes(value)) el.click();
      return '';
    }
    if (el.isContentEditable) { el.textContent = value; tell(el); return ''; }
    set(el, value);
    tell(el);
    return '';
  };
  const press = wanted => {
    const all = [...document.querySelectorAll(BUTTONS)];
    const named = el => [bare(el.getAttribute('aria-label')), bare(el.value && el.tagName === 'INPUT' ? el.value : ''), bare(text(el)), bare(el.title), bare(el.id)].filter(Boolean);
    const real = all.filter(el => el.tagName !== 'LABEL');
    const el = pick(real, wanted, named) ?? pick(all.filter(el => el.tagName === 'LABEL'), wanted, named)
      ?? pick([...document.querySelectorAll('td, li, div, span')].filter(e => !e.children.length), wanted, e => [bare(text(e))]);
    if (!el) return `there is no button ${wanted}`;
    if (el.disabled) return `the button ${wanted} is switched off`;
    el.click();
    return '';
  };

  // what stands at a name: in a field, after it in its line, beside it in a table or a list
  const values = wanted => {
    const want = bare(wanted), found = [];
    const add = v => { if (v !== null && v !== undefined && String(v).trim() !== '') found.push(String(v).trim()); };
    const strict = s => { const n = bare(s); return n === want || n.replace(/\(.*?\)|\[.*?\]/g, '').trim() === want; };
    for (const el of document.querySelectorAll('body *')) {
      if (['SCRIPT', 'STYLE', 'OPTION', 'TEMPLATE', 'NOSCRIPT'].includes(el.tagName) || !shown(el)) continue;
      const labelled = el.getAttribute('aria-label');
      if (labelled && strict(labelled) && !el.matches(FIELDS) && !el.matches('button, a')) add(text(el));
      if (el.tagName === 'OUTPUT' && (el.id || el.name) && [el.id, el.name].some(n => n && strict(n.replace(/[_-]/g, ' ')))) add(text(el));
      if (['LABEL', 'DT', 'TH', 'TD', 'SPAN', 'STRONG', 'B', 'P', 'DIV', 'LI', 'H1', 'H2', 'H3', 'H4'].includes(el.tagName) && strict(text(el))) {
        let next = el.nextSibling;
        while (next && (next.nodeType === 8 || (next.nodeType === 3 && !next.data.replace(/[:=\s]/g, '')))) next = next.nextSibling;
        if (next && next.nodeType === 3) add(next.data.replace(/^\s*[:=]\s*/, ''));
        else if (next && next.nodeType === 1 && shown(next) && !next.matches(FIELDS)) add(text(next));
        // the cell below a head
        const row = el.closest('tr');
        if (row && el.tagName === 'TH' && row.parentElement.tagName === 'THEAD') {
          const at = [...row.children].indexOf(el);
          for (const r of row.closest('table').tBodies[0]?.rows ?? []) add(text(r.cells[at] ?? document.createElement('i')));
        }
        if (el.tagName === 'LABEL' && el.control && el.control.tagName === 'OUTPUT') add(text(el.control));
      }
    }
    for (const line of (document.body.innerText ?? '').split('\n')) {
      const clean = line.normalize('NFKC').replace(/\s+/g, ' ').trim(), low = clean.toLowerCase();
      for (let at = low.indexOf(want); at >= 0; at = low.indexOf(want, at + 1)) {
        if (at && /[a-z0-9]/.test(low[at - 1])) continue;
        const rest = clean.slice(at + want.length);
        if (/^[a-z0-9]/i.test(rest)) continue;
        add(rest.replace(/^\s*(\([^)]*\))?\s*(?:[:=–—-](?=\s)|[:=]|\b(?:is|are|was)\b)?\s*/, ''));
        // "5 items"
        const before = clean.slice(0, at).match(/(\S+)\s*$/);
        if (before && /^[$€£]?[-\d.,]+%?$/.test(before[1])) add(before[1]);
      }
    }
    const el = field(wanted);
    if (el && el.type !== 'checkbox' && el.tagName !== 'SELECT') add(el.value);
    if (el && el.tagName === 'SELECT') add(el.selectedOptions[0]?.text);
    if (el && el.type === 'checkbox') add(el.checked ? 'yes' : 'no');
    return [...new Set(found)];
  };
  const seen = () => [document.body.innerText ?? '', ...fields().filter(e => shown(e) && typeof e.value === 'string').map(e => e.value)].join('\n');
  const controls = () => fields().filter(shown).map((el, n) => ({n, name: names(el)[0] ?? '', tag: el.tagName.toLowerCase(), type: el.type ?? '',
    options: el.tagName === 'SELECT' ? [...el.options].map(o => o.text) : []}));
  const put = (n, value) => {
    const el = fields().filter(shown)[n];
    if (!el || el.tagName === 'SELECT' || ['checkbox', 'radio', 'file', 'range', 'color'].includes(el.type)) return;
    if (el.isContentEditable) el.textContent = value; else set(el, value);
    tell(el);
  };
  const buttons = () => [...document.querySelectorAll('button, input[type=submit], input[type=button], [role=button]')].filter(el => shown(el) && !el.disabled);
  const click = n => { const el = buttons()[n]; if (el) el.click(); };
  const count = () => buttons().length;
  const planted = mark => document.querySelectorAll(`[data-${mark}]`).length;
  const alerts = () => [...document.querySelectorAll('[role=alert], [role=status]')].filter(shown).map(text).filter(Boolean).join(' ');
  const wide = () => document.documentElement.scrollWidth - innerWidth;
  return {fill, press, values, seen, controls, put, click, count, planted, wide, alerts};
})();
