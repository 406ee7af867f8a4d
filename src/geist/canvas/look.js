// Runs inside of a page that is checked: what is seen there, told as plain data. Python decides.
(() => {
  const pierce = function* (root) {
    for (const el of root.querySelectorAll('*')) {
      yield el;
      if (el.shadowRoot) yield* pierce(el.shadowRoot);
    }
  };
  const all = root => [...pierce(root ?? document)];
  const host = el => {
    // the component that an element is a part of
    for (let at = el; at; at = at.parentNode ?? at.host)
      if (at.context?.componentModel) return at;
    return null;
  };
  const idOf = el => host(el)?.context.componentModel.id ?? '';
  // an element without a box of its own is where its children are
  const bare = el => getComputedStyle(el).display === 'contents';
  const inner = el => [...(el.shadowRoot ?? el).children].filter(c => !['STYLE', 'SCRIPT'].includes(c.tagName));
  const seen = el => bare(el) ? inner(el).some(seen)
    : el.checkVisibility({visibilityProperty: true, opacityProperty: true, contentVisibilityAuto: true});
  const box = el => bare(el) && inner(el).some(seen) ? box(inner(el).find(seen)) : el.getBoundingClientRect();
  const said = el => {
    const parts = [];
    const walk = node => {
      for (const child of (node.shadowRoot ?? node).childNodes) {
        if (child.nodeType === 3) parts.push(child.data);
        else if (child.nodeType === 1 && !['STYLE', 'SCRIPT'].includes(child.tagName)) walk(child);
      }
    };
    walk(el);
    return parts.join('').replace(/\s+/g, ' ').trim();
  };

  // everything that a person could notice, as one string: what a control must change
  const state = skip => {
    const parts = [];
    const walk = node => {
      if (node === skip || node.tagName === 'SCRIPT') return;
      if (node.nodeType === 3) return void parts.push(node.data);
      if (node.nodeType !== 1 && node.nodeType !== 11 && node.nodeType !== 9) return;
      if (node.nodeType === 1) {
        if (['STYLE', 'DEFS'].includes(node.tagName)) return;
        parts.push('<', node.tagName);
        for (const a of node.attributes ?? [])
          if (!['data-ready', 'aria-describedby'].includes(a.name)) parts.push(a.name, '=', a.value);
        if (node.tagName === 'CANVAS') {
          try { parts.push(node.toDataURL()); } catch { /* a painted frame of another origin */ }
        }
        if ('value' in node && 'type' in node) parts.push(String(node.value), String(node.checked));
      }
      for (const child of (node.shadowRoot ?? node).childNodes) walk(child);
    };
    walk(document.body);
    return parts.join('\u0001');
  };
  const hash = text => {
    let h = 5381;
    for (let n = 0; n < text.length; n++) h = (h * 33 + text.charCodeAt(n)) | 0;
    return `${h}:${text.length}`;
  };

  const texts = () => {
    // each visible run of text with where it stands
    const found = [];
    const walk = root => {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (node.nodeType === 1) {
          if (node.shadowRoot) walk(node.shadowRoot);
          continue;
        }
        const parent = node.parentElement;
        if (!node.data.trim() || !parent || (['STYLE', 'SCRIPT', 'NOSCRIPT', 'OPTION', 'TITLE'].includes(parent.tagName) || parent.closest('math'))) continue;
        if (!seen(parent)) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const r of range.getClientRects())
          if (r.width > 1 && r.height > 1) found.push({text: node.data.trim(), el: parent, r});
      }
    };
    walk(document.body);
    return found;
  };

  const clip = (el, r) => {
    // what is left of a rectangle inside of all that scrolls or hides around it
    let {left, top, right, bottom} = r;
    for (let at = el; at; at = at.parentNode ?? at.host) {
      if (at.nodeType !== 1) continue;
      const style = getComputedStyle(at);
      if (style.overflowX !== 'visible' || style.overflowY !== 'visible') {
        const b = box(at);
        left = Math.max(left, b.left); right = Math.min(right, b.right);
        top = Math.max(top, b.top); bottom = Math.min(bottom, b.bottom);
      }
    }
    return right - left > 1 && bottom - top > 1 ? {left, top, right, bottom} : null;
  };

  // behind another tab or slide, or in a dialog that is not open
  const tucked = el => {
    for (let at = el; at; at = at.parentNode ?? at.host)
      if (at.nodeType === 1 && (at.hidden || at.matches('dialog, .slides > section:not(.present), details:not([open]) *'))) return true;
    return false;
  };

  const audit = () => {
    const wrong = [];
    const tell = (code, el, message) => wrong.push({code, path: typeof el === 'string' ? el : idOf(el), message});
    for (const el of document.querySelectorAll('[role=alert]')) if (seen(el)) tell('broken', 'page', said(el));
    const made = all().filter(el => el.context?.componentModel);
    const parts = made.filter(seen);
    for (const el of made) {
      const {children, tabs, child} = el.context.componentModel.properties;
      const ids = [...(Array.isArray(children) ? children : []), ...(tabs ?? []).map(t => t.child), child];
      for (const id of ids)
        if (typeof id === 'string' && !el.context.dataContext.surface.componentsModel.get(id))
          tell('broken', el, `it has a child ${id}, which is not there`);
    }
    for (const el of made)
      if (!seen(el) && !tucked(el)) tell('empty', el, `${el.context.componentModel.type} is not to be seen`);
    for (const el of parts) {
      for (const inner of el.shadowRoot?.querySelectorAll('[role=alert]') ?? [])
        tell('broken', el, said(inner).slice(0, 300));
      const b = box(el), type = el.context.componentModel.type;
      if (b.width < 2 || b.height < 2) tell('empty', el, `${type} takes no room: nothing of it is seen`);
      if (type === 'Chart') chart(el, tell);
      if (type === 'Map' && el.map) {
        let marks = 0;
        el.map.eachLayer(l => { if (l.getRadius || l.feature) marks++; });
        if (!marks) tell('empty', el, 'there is nothing on the map');
        if (b.height > 2 && !el.shadowRoot.querySelector('.map svg path, .map canvas')) tell('empty', el, 'the map is not drawn');
      }
      if (['Diagram', 'Whiteboard'].includes(type)) {
        const svg = el.shadowRoot.querySelector('.draw svg');
        if (!svg || svg.querySelectorAll('path, rect, text, polygon, circle').length < 2) tell('empty', el, `the ${type.toLowerCase()} is not drawn`);
      }
      if (type === 'Math' && !el.shadowRoot.querySelector('math *')) tell('empty', el, 'the formula is not set');
    }
    for (const img of all().filter(el => el.tagName === 'IMG' && seen(el)))
      if (img.complete && !img.naturalWidth) tell('empty', img, 'a picture cannot be shown');
    const wide = document.documentElement.scrollWidth - innerWidth;
    if (wide > 1) tell('overflow', 'page', `the page is ${wide} pixels wider than the window`);
    laid(tell);
    return wrong;
  };

  const laid = tell => {
    const found = texts().map(t => ({...t, cut: clip(t.el, t.r), svg: t.el.ownerSVGElement ?? null})).filter(t => t.cut);
    for (const t of found) {
      if (t.svg) {
        const b = box(t.svg);
        const out = Math.max(b.left - t.r.left, t.r.right - b.right, b.top - t.r.top, t.r.bottom - b.bottom);
        if (out > 4 && getComputedStyle(t.svg).overflow !== 'visible') tell('cut off', t.el, `${JSON.stringify(t.text.slice(0, 40))} is cut off`);
        continue;
      }
      // cut by a box that neither scrolls nor says that there is more
      for (let at = t.el; at && at.nodeType === 1; at = at.parentElement) {
        const style = getComputedStyle(at), b = box(at);
        if (['hidden', 'clip'].includes(style.overflowX) && style.textOverflow !== 'ellipsis' && t.r.right - b.right > 4 && b.width > 0
            || ['hidden', 'clip'].includes(style.overflowY) && t.r.bottom - b.bottom > 6 && t.r.top < b.bottom) {
          tell('cut off', t.el, `${JSON.stringify(t.text.slice(0, 40))} is cut off`);
          break;
        }
      }
    }
    // from the top down, so that each is compared with its neighbours only
    found.sort((a, b) => a.cut.top - b.cut.top);
    let told = 0;
    for (let i = 0; i < found.length && told < 5; i++)
      for (let j = i + 1; j < found.length && found[j].cut.top < found[i].cut.bottom; j++) {
        const a = found[i], b = found[j];
        if (a.el === b.el || a.el.contains(b.el) || b.el.contains(a.el)) continue;
        const w = Math.min(a.cut.right, b.cut.right) - Math.max(a.cut.left, b.cut.left);
        const h = Math.min(a.cut.bottom, b.cut.bottom) - Math.max(a.cut.top, b.cut.top);
        if (w <= 1 || h <= 1) continue;
        const area = r => (r.right - r.left) * (r.bottom - r.top);
        const stuck = el => getComputedStyle(el.closest('th') ?? el).position === 'sticky';
        if (stuck(a.el) !== stuck(b.el)) continue;  // rows slide under their header
        if (w * h > .2 * Math.min(area(a.cut), area(b.cut))) {
          tell('overlap', a.el, `${JSON.stringify(a.text.slice(0, 30))} and ${JSON.stringify(b.text.slice(0, 30))} stand on each other`);
          told++;
          break;
        }
      }
  };

  const scale = (view, name) => { try { return view.scale(name); } catch { return null; } };

  const chart = (el, tell) => {
    const {view} = el;
    if (!view) return;
    const props = el.context.componentModel.properties;
    const {mark, encode} = props;
    let marks = 0;
    const count = item => {
      if (['rect', 'symbol', 'line', 'area', 'arc', 'path'].includes(item.marktype) && /mark|layer|cell|child/.test(item.name ?? ''))
        marks += item.items.filter(i => i.opacity !== 0 && i.fillOpacity !== 0 && (!i.bounds || i.bounds.x2 > i.bounds.x1 || i.bounds.y2 > i.bounds.y1)).length;
      for (const inner of item.items ?? []) if (inner.items) inner.items.forEach(count); else if (inner.marktype) count(inner);
    };
    count(view.scenegraph().root);
    if (!marks) tell('empty', el, 'the chart has no mark in it');
    const drawing = el.shadowRoot.querySelector('.draw');
    if (!drawing.querySelector('svg, canvas')) tell('empty', el, 'the chart is not drawn');
    for (const c of ['x', 'y']) {
      const s = scale(view, c);
      if (!s || encode[c]?.kind !== 'number' || !s.domain || s.bandwidth) continue;
      const domain = s.domain(), low = Math.min(...domain), high = Math.max(...domain);
      if (!domain.every(Number.isFinite)) { tell('empty', el, `the axis of ${encode[c].of} has no range`); continue; }
      if (['bar', 'area'].includes(mark)) {
        const sums = encode[c].of.includes('(') || c === 'y';
        if (sums && (low > 0 || high < 0)) tell('misleads', el, `the axis of ${encode[c].of} begins at ${low}, not at 0: lengths lie`);
        if (sums && s.type && s.type !== 'linear') tell('misleads', el, `the axis of ${encode[c].of} is ${s.type}: lengths lie`);
      }
      if (c === 'y' && s(high) > s(low)) tell('misleads', el, `the axis of ${encode[c].of} runs downwards`);
      if (c === 'x' && s(high) < s(low)) tell('misleads', el, `the axis of ${encode[c].of} runs to the left`);
    }
    if (mark !== 'pie') {
      const given = drawing.textContent;
      const svg = drawing.querySelector('svg');
      if (svg && !encode.facet) for (const c of ['x', 'y'])
        if (encode[c] && !given.includes(encode[c].of.replaceAll('`', '').slice(0, 12))) tell('unnamed', el, `nothing says that ${c} is ${encode[c].of}`);
    }
    const color = encode.color ?? (mark === 'pie' ? encode.x : null);
    if (color && color.kind !== 'number') {
      const s = scale(view, 'color');
      const many = s ? s.domain().length : 0;
      if (many > 1) {
        const shown = new Set(s.domain().map(d => s(d)));
        if (shown.size < many) tell('colour', el, `${many} values share ${shown.size} colours`);
        const legend = JSON.stringify(props.vega?.legends ?? el.context.componentModel.properties.vega?.legends ?? []);
        if (legend === '[]') tell('colour', el, `nothing says what the colours of ${color.of} mean`);
        if (['line', 'point'].includes(mark) && !scale(view, 'strokeDash') && !scale(view, 'shape'))
          tell('colour', el, `only colour tells the values of ${color.of} apart`);
      }
    }
  };

  const rows = el => {
    const type = el.context.componentModel.type;
    if (type === 'Chart' && el.view) return el.view.data('rows').map(r => ({...r}));
    if (type === 'Table') return [...el.shadowRoot.querySelectorAll('tbody tr:not([aria-hidden])')].slice(0, 40).map(
      tr => [...tr.cells].map(td => td.textContent.trim()));
    if (type === 'Timeline') return [...el.shadowRoot.querySelectorAll('li:not(.head) .what')].map(e => e.firstChild?.textContent ?? said(e));
    if (type === 'Map' && el.map) {
      const found = [];
      el.map.eachLayer(l => { if (l.getRadius) { const p = l.getLatLng(); found.push([p.lat, p.lng]); } });
      return found;
    }
    return null;
  };

  /** What each component says and holds now, to be compared with what the data answered. */
  const told = () => all().filter(el => el.context?.componentModel && seen(el)).map(el => ({
    id: el.context.componentModel.id, type: el.context.componentModel.type,
    text: el.context.componentModel.type === 'Text' ? said(el) : '', rows: rows(el),
  }));

  const CONTROLS = 'button, select, input, textarea, [role=tab], a[href], summary';
  /** Each thing that can be moved, with a mark to find it again. */
  // links lead out of the page: they are read, not followed
  const controls = () => all().filter(el => el.matches(CONTROLS) && seen(el) && !el.disabled && !/^[a-z]+:/i.test(el.getAttribute('href') ?? '')).map((el, n) => {
    el.dataset.geistTried = String(n);
    const h = host(el);
    return {n, tag: el.tagName.toLowerCase(), type: el.type ?? '', role: el.getAttribute('role') ?? '',
      name: (el.getAttribute('aria-label') || said(el) || el.labels?.[0]?.textContent || el.placeholder || el.name || '').trim().slice(0, 40),
      id: h?.context.componentModel.id ?? '', of: h?.context.componentModel.type ?? '',
      column: el.closest?.('th')?.cellIndex ?? -1, options: el.tagName === 'SELECT' ? [...el.options].map(o => o.value) : [],
      min: el.min ?? '', max: el.max ?? '', value: String(el.value ?? '')};
  });
  const find = n => all().find(el => el.dataset?.geistTried === String(n));

  const frame = () => new Promise(done => requestAnimationFrame(done));
  // what elements and charts have begun is done; a page of others' making gets frames and time
  const done = async () => {
    for (let n = 0; n < 3; n++) {
      await Promise.all(all().filter(el => el.updateComplete).map(el => el.updateComplete));
      await Promise.all(all().filter(el => el.view?.runAsync).map(el => el.view.runAsync()));
    }
  };
  const settle = async (skip, before, most = 400) => {
    const end = performance.now() + most;
    await done();
    let now = hash(state(skip));
    while (now === before && performance.now() < end) {
      await frame();
      now = hash(state(skip));
    }
    return now;
  };

  /** Moves one control. Tells whether anything beside itself changed. */
  const move = async (n, how, value) => {
    const el = find(n);
    if (!el) return {gone: true};
    const of = host(el)?.context.componentModel.type;
    const skip = ['Picker', 'Steps', 'Animation'].includes(of) ? host(el) : el;
    const before = hash(state(skip));
    el.scrollIntoView({block: 'nearest'});
    if (how === 'click') el.click();
    else {
      const set = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(el), 'value')?.set;
      set ? set.call(el, value) : (el.value = value);
      el.dispatchEvent(new Event('input', {bubbles: true, composed: true}));
      el.dispatchEvent(new Event('change', {bubbles: true, composed: true}));
    }
    const after = await settle(skip, before, of === 'Animation' ? 2600 : 400);
    return {changed: after !== before};
  };

  /** Whether a page has been drawn: its elements have settled and their libraries are done. */
  const ready = async () => {
    await done();
    for (let n = 0; n < 40; n++) {
      if (!all().some(el => el.tagName === 'GEIST-DIAGRAM' && !el.svg && !el.wrong)) break;
      await new Promise(done => setTimeout(done, 50));
    }
    await frame();
  };
  globalThis.geistLook = {audit, told, controls, move, ready, state: () => hash(state(null)), said};
})();
