// Table: rows to read, to sort and to search. Of many rows only those in sight are in the page.
import {css, html, nothing} from 'lit';
import {z} from 'zod';
import {bySchema, cell, define, look, named, Part, picked, Row, rowsSchema} from './part';

const HEIGHT = 33, SHOWN = 14, AHEAD = 20;

class Table extends Part {
  static properties = {sort: {state: true}, down: {state: true}, find: {state: true}, top: {state: true}};
  static styles = [look, css`
    .scroll { max-height: ${HEIGHT * (SHOWN + 1)}px; border: 1px solid var(--line); border-radius: .375rem; }
    thead th { position: sticky; top: 0; background: var(--paper); z-index: 1; padding: 0; }
    th button { border: 0; background: none; width: 100%; text-align: inherit; font-weight: 600;
      white-space: nowrap; border-radius: 0; }
    tr { height: ${HEIGHT}px; }
    td { white-space: nowrap; max-width: 40ch; overflow: hidden; text-overflow: ellipsis; }
    table { min-width: 100%; }
    .head { display: flex; gap: 1rem; justify-content: space-between; flex-wrap: wrap;
      align-items: center; margin-bottom: .5rem; }
    .head .title { margin: 0; }
    @media print { .scroll { max-height: none; overflow: visible; } input, .quiet { display: none; } }
  `];
  sort = '';
  down = false;
  find = '';
  top = 0;
  private from: unknown;
  private index: {of: unknown; words: Map<Row, string>} = {of: null, words: new Map()};
  private made: {key: string; rows: Row[]} = {key: '', rows: []};

  private ordered(): Row[] {
    const {rows, by, columns} = this.props;
    const key = JSON.stringify([this.sort, this.down, this.find, (by ?? []).map((b: any) => b.value)]);
    if (this.from === rows && this.made.key === key) return this.made.rows;
    let found = picked(rows, by);
    if (this.find) {
      const wanted = this.find.toLowerCase();
      if (this.index.of !== rows)
        this.index = {of: rows, words: new Map((rows as Row[]).map(r => [r,
          columns.map((c: any) => r[c.field] ?? '').join('\n').toLowerCase()]))};
      found = found.filter(r => this.index.words.get(r)?.includes(wanted));
    }
    if (this.sort) {
      const f = this.sort, turn = this.down ? -1 : 1;
      // as people sort; of very many rows as machines do, which is ten times faster
      const spoken = found.length > 5000 ? (x: string, y: string) => (x < y ? -1 : x > y ? 1 : 0)
        : new Intl.Collator('en', {numeric: true}).compare;
      found = [...found].sort((a, b) => {
        const plain = (v: any) => (v !== null && typeof v === 'object' ? JSON.stringify(v) : v);
        const x = plain(a[f]), y = plain(b[f]);
        if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
        return turn * (typeof x === 'number' && typeof y === 'number' ? x - y : spoken(String(x), String(y)));
      });
    }
    this.from = rows;
    this.made = {key, rows: found};
    return found;
  }

  draw() {
    const {columns, title} = this.props;
    const rows = this.ordered();
    const many = rows.length > 60;
    const first = many ? Math.max(0, Math.min(this.top - AHEAD, rows.length - SHOWN)) : 0;
    const last = many ? Math.min(rows.length, this.top + SHOWN + AHEAD) : rows.length;
    const by = (field: string) => {
      this.down = this.sort === field && !this.down;
      this.sort = field;
    };
    const blank = (count: number) =>
      count > 0 ? html`<tr aria-hidden="true" style="height:${count * HEIGHT}px"></tr>` : nothing;
    return html`<figure>
      ${title || many || this.find ? html`<div class="head">${title ? html`<div class="title" id="t">${title}</div>` : html`<span></span>`}
        ${many || this.find ? html`<label class="quiet">Find <input type="search" .value=${this.find}
          @input=${(e: Event) => { this.find = (e.target as HTMLInputElement).value; this.top = 0; }}></label>` : nothing}</div>` : nothing}
      <div class="scroll" tabindex="0" role="region" aria-label=${title || 'table'}
        @scroll=${(e: Event) => { if (many) this.top = Math.floor((e.target as HTMLElement).scrollTop / HEIGHT); }}>
      <table aria-rowcount=${rows.length + 1}><thead><tr>${columns.map((c: any) => html`<th scope="col" class=${c.kind}
        aria-sort=${this.sort === c.field ? (this.down ? 'descending' : 'ascending') : 'none'}>
        <button @click=${() => by(c.field)}>${named(c.of)}${this.sort === c.field ? (this.down ? ' ▼' : ' ▲') : ''}</button></th>`)}</tr></thead>
      <tbody>${blank(first)}${rows.slice(first, last).map((row, n) => html`<tr aria-rowindex=${first + n + 2}>${columns.map(
        (c: any) => html`<td class=${c.kind} title=${String(row[c.field] ?? '').length > 38 ? String(row[c.field]) : nothing}>${
          cell(row[c.field], c.kind)}</td>`)}</tr>`)}${blank(rows.length - last)}</tbody></table></div>
      ${many || this.find ? html`<p class="quiet">${rows.length.toLocaleString('en-US')} rows</p>` : nothing}</figure>`;
  }
}

export const table = define('geist-table', Table, 'Table', {
  rows: rowsSchema, by: bySchema, columns: z.array(z.any()), title: z.string().optional(),
});
