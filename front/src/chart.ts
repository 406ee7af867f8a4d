// Chart: a Vega specification that geist compiled from Vega-Lite, over rows that geist computed.
import {css, html, nothing} from 'lit';
import {z} from 'zod';
import {bySchema, broken, dark, define, given, look, Part, picked, rowsSchema, written} from './part';

const MANY = 3000; // marks that stay shapes; more are painted

class Chart extends Part {
  static styles = [look, css`
    .draw { width: 100%; overflow-x: auto; } .draw svg, .draw canvas { display: block; max-width: 100%; }
    .draw.wide svg { max-width: none; }
    .tip { position: fixed; pointer-events: none; z-index: 9; background: var(--ink); color: var(--paper);
      padding: .25rem .5rem; border-radius: .25rem; font-size: .8rem; white-space: pre; }
  `];
  view: any;
  private shown: unknown;
  private wrong = '';

  draw() {
    if (this.wrong) return broken('Chart', this.wrong);
    const {rows, by, title, encode} = this.props;
    const columns = [...new Map(Object.values(encode as any).map((c: any) => [c.field, c])).values()] as any[];
    return html`<figure>${title ? html`<figcaption>${title}</figcaption>` : nothing}
      <div class="draw ${encode.facet ? 'wide' : ''}" role="img" aria-label=${this.props.label || title || 'chart'}></div>
      ${this.figures(columns, picked(rows, by))}</figure>`;
  }

  updated() {
    const {rows, by, vega} = this.props;
    const found = picked(rows, by);
    const key = JSON.stringify([(by ?? []).map((b: any) => b.value)]);
    if (this.wrong || (this.view && this.shown === key && this.from === rows)) return;
    this.shown = key;
    this.from = rows;
    try {
      if (this.view) this.view.data('rows', copies(found)).runAsync();
      else this.build(vega, found);
    } catch (e) {
      this.wrong = String(e);
      this.requestUpdate();
    }
  }
  private from: unknown;
  private turned = () => {
    // axes have their colours from when they were made
    this.view?.finalize();
    this.view = undefined;
    this.shown = undefined;
    this.requestUpdate();
  };
  connectedCallback() {
    super.connectedCallback();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', this.turned);
  }

  private build(spec: any, rows: any[]) {
    const {parse, View, expr} = given<any>('vega');
    const box = this.renderRoot.querySelector('.draw') as HTMLElement;
    const ink = dark() ? '#e8e8e8' : '#222', line = dark() ? '#555' : '#ddd';
    const config = {
      title: {color: ink}, axis: {labelColor: ink, titleColor: ink, domainColor: ink, tickColor: ink, gridColor: line},
      legend: {labelColor: ink, titleColor: ink}, header: {labelColor: ink, titleColor: ink},
    };
    const full = {...spec, background: null, data: spec.data.map((d: any) => d.name === 'rows' ? {name: 'rows', values: copies(rows), ...(d.format ? {format: d.format} : {})} : d)};
    this.view = new View(parse(full, config, {ast: true}), {
      expr, renderer: rows.length > MANY ? 'canvas' : 'svg', container: box, hover: true,
    });
    this.view.tooltip((_: unknown, event: MouseEvent, __: unknown, value: any) => this.tip(event, value));
    this.view.runAsync().catch((e: unknown) => {
      this.wrong = String(e);
      this.requestUpdate();
    });
    const wide = new ResizeObserver(() => globalThis.dispatchEvent(new Event('resize')));
    wide.observe(box);
  }

  private tip(event: MouseEvent, value: any) {
    this.renderRoot.querySelector('.tip')?.remove();
    if (value === null || value === undefined || value === '') return;
    const tip = document.createElement('div');
    tip.className = 'tip';
    tip.textContent = typeof value === 'object'
      ? Object.entries(value).map(([k, v]) => `${k}: ${written(v)}`).join('\n') : String(value);
    tip.style.left = `${Math.min(event.clientX + 12, innerWidth - 220)}px`;
    tip.style.top = `${event.clientY + 12}px`;
    this.renderRoot.append(tip);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    matchMedia('(prefers-color-scheme: dark)').removeEventListener('change', this.turned);
    this.view?.finalize();
    this.view = undefined;
    this.shown = undefined;
  }
}

function copies(rows: any[]) {
  return rows.map(r => ({...r})); // Vega marks the rows that it is given
}

export const chart = define('geist-chart', Chart, 'Chart', {
  rows: rowsSchema, by: bySchema, vega: z.any(), encode: z.any(), title: z.string().optional(),
  label: z.string().optional(),
});
