// Diagram, Math, Whiteboard and Slides: what a library draws.
import {css, html, nothing} from 'lit';
import {unsafeHTML} from 'lit/directives/unsafe-html.js';
import {unsafeSVG} from 'lit/directives/unsafe-svg.js';
import {ChildListSchema, DynamicStringSchema} from '@a2ui/web_core/v0_9';
import {z} from 'zod';
import {bySchema, broken, dark, define, given, look, Part, picked, rowsSchema} from './part';

const title = z.string().optional();
let count = 0;

class Diagram extends Part {
  static properties = {svg: {state: true}, wrong: {state: true}};
  static styles = [look, css`.draw { overflow-x: auto; } .draw svg { max-width: 100%; height: auto; }`];
  svg = '';
  wrong = '';
  private drawn = '';

  draw() {
    const {title, rows, by, columns} = this.props;
    if (this.wrong) return broken('Diagram', this.wrong);
    const name = title || this.props.label || 'diagram';
    return html`<figure>${title ? html`<figcaption>${title}</figcaption>` : nothing}
      <div class="draw" role="img" aria-label=${name} tabindex="0">${unsafeSVG(this.svg)}</div>
      ${columns ? this.figures(Object.values(columns), picked(rows, by)) : nothing}</figure>`;
  }

  updated() {
    const source = this.props.code ?? this.fromRows();
    if (source === this.drawn) return;
    this.drawn = source;
    const mermaid = given<any>('mermaid');
    mermaid.initialize({startOnLoad: false, securityLevel: 'strict', theme: dark() ? 'dark' : 'neutral',
      htmlLabels: false, flowchart: {htmlLabels: false}, fontFamily: 'system-ui, sans-serif', suppressErrorRendering: true});
    mermaid.render(`geist-diagram-${count++}`, source)
      .then((made: {svg: string}) => (this.svg = made.svg))
      .catch((e: unknown) => (this.wrong = String(e).slice(0, 300)));
  }

  /** Rows as arrows. Names stand in quotation marks, so nothing in them is read as a diagram. */
  private fromRows() {
    const {rows, by, columns} = this.props;
    const {from, to, label} = columns, ids = new Map<string, string>();
    const node = (value: unknown) => {
      const name = String(value);
      if (!ids.has(name)) ids.set(name, `n${ids.size}`);
      return ids.get(name) as string;
    };
    const said = (text: unknown) => `"${String(text).replace(/[#;&<>"`\\[\]{}|\n]/g, c => `#${c.charCodeAt(0)};`)}"`;
    const arrows = picked(rows, by).map(r => {
      const mark = label ? `|${said(r[label.field])}|` : '';
      return `${node(r[from.field])} -->${mark} ${node(r[to.field])}`;
    });
    const names = [...ids].map(([name, id]) => `${id}[${said(name)}]`);
    return ['flowchart LR', ...names, ...arrows].join('\n');
  }
}

class Math_ extends Part {
  static styles = [look, css`math { font-size: 1.25rem; } .draw { overflow-x: auto; }`];
  draw() {
    const {tex, title} = this.props;
    const made = given<any>('temml').renderToString(tex, {displayMode: true, throwOnError: true, trust: false, maxSize: [20, 20]});
    return html`<figure>${title ? html`<figcaption>${title}</figcaption>` : nothing}
      <div class="draw" tabindex="0" role="region" aria-label=${title || 'formula'}>${unsafeHTML(made)}</div></figure>`;
  }
}

interface Element_ {
  id: string; type: string; x: number; y: number; width: number; height: number; text?: string;
  points?: [number, number][]; strokeColor?: string; backgroundColor?: string; fontSize?: number;
  endArrowhead?: string | null; textAlign?: string; isDeleted?: boolean;
}

class Whiteboard extends Part {
  static styles = [look, css`
    .draw { overflow-x: auto; } svg { max-width: 100%; height: auto; background: #fff; border: 1px solid var(--line); border-radius: .375rem; }
    text { font-family: 'Comic Neue', 'Segoe Print', 'Bradley Hand', cursive, sans-serif; }
  `];
  draw() {
    const {elements, title, label} = this.props;
    const all = (elements as Element_[]).filter(e => !e.isDeleted);
    const xs = all.flatMap(e => [e.x, e.x + e.width]), ys = all.flatMap(e => [e.y, e.y + e.height]);
    const [x, y] = [Math.min(...xs) - 20, Math.min(...ys) - 20];
    const [w, h] = [Math.max(...xs) - x + 20, Math.max(...ys) - y + 20];
    return html`<figure>${title ? html`<figcaption>${title}</figcaption>` : nothing}<div class="draw">
      <svg role="img" aria-label=${label || title || 'whiteboard'} width=${w} height=${h} viewBox="${x} ${y} ${w} ${h}"></svg></div></figure>`;
  }
  updated() {
    const svg = this.renderRoot.querySelector('svg');
    if (!svg) return;
    svg.replaceChildren();
    const pen = given<any>('rough').svg(svg);
    (this.props.elements as Element_[]).filter(e => !e.isDeleted).forEach((e, n) => {
      const o = {seed: n + 1, roughness: 1.2, stroke: e.strokeColor ?? '#1e1e1e', strokeWidth: 1.5,
        ...(e.backgroundColor && e.backgroundColor !== 'transparent' ? {fill: e.backgroundColor, fillStyle: 'solid'} : {})};
      const {x, y, width: w, height: h} = e;
      if (e.type === 'rectangle') svg.append(pen.rectangle(x, y, w, h, o));
      else if (e.type === 'ellipse') svg.append(pen.ellipse(x + w / 2, y + h / 2, w, h, o));
      else if (e.type === 'diamond')
        svg.append(pen.polygon([[x + w / 2, y], [x + w, y + h / 2], [x + w / 2, y + h], [x, y + h / 2]], o));
      else if (['arrow', 'line', 'freedraw'].includes(e.type)) {
        const points = (e.points ?? []).map(([a, b]) => [x + a, y + b] as [number, number]);
        if (points.length < 2) return;
        svg.append(pen.linearPath(points, o));
        if (e.type === 'arrow' && e.endArrowhead !== null) {
          const [b, a] = [points[points.length - 1], points[points.length - 2]];
          const turn = Math.atan2(b[1] - a[1], b[0] - a[0]);
          for (const side of [-.45, .45])
            svg.append(pen.line(b[0], b[1], b[0] - 14 * Math.cos(turn + side), b[1] - 14 * Math.sin(turn + side), o));
        }
      } else if (e.type === 'text') {
        const lines = (e.text ?? '').split('\n'), size = e.fontSize ?? 18;
        lines.forEach((line, i) => {
          const text = document.createElementNS('http://www.w3.org/2000/svg', 'text');
          const middle = e.textAlign === 'center';
          text.setAttribute('x', String(middle ? x + w / 2 : x));
          text.setAttribute('y', String(y + size * (.9 + 1.25 * i)));
          text.setAttribute('font-size', String(size));
          text.setAttribute('fill', e.strokeColor ?? '#1e1e1e');
          if (middle) text.setAttribute('text-anchor', 'middle');
          text.textContent = line;
          svg.append(text);
        });
      }
    });
  }
}

class Slides extends Part {
  static styles = [look, css`
    .reveal { height: 34rem; border: 1px solid var(--line); border-radius: .375rem; overflow: hidden; font: inherit; color: inherit; }
    .reveal .slides { text-align: left; } .reveal .slides section { padding: 1.5rem; box-sizing: border-box; height: 100%; overflow: auto; }
    .line { display: flex; gap: .75rem; align-items: center; margin-top: .5rem; }
    @media print { .reveal { height: auto; } .reveal .slides section { position: static !important; display: block !important; opacity: 1 !important; visibility: visible !important; transform: none !important; } }
  `];
  static properties = {at: {state: true}};
  at = 0;
  private deck: any;
  draw() {
    const children = (this.props.children ?? []) as any[];
    const {style} = given<any>('slides');
    return html`<style>${style}</style><section aria-roledescription="slides" aria-label=${this.props.title || 'slides'}>
      ${this.props.title ? html`<div class="title">${this.props.title}</div>` : nothing}
      <div class="reveal"><div class="slides">${children.map(c => html`<section>${this.renderNode(c)}</section>`)}</div></div>
      <div class="line"><button ?disabled=${this.at === 0} @click=${() => this.deck?.prev()}>Back</button>
        <button ?disabled=${this.at >= children.length - 1} @click=${() => this.deck?.next()}>Next</button>
        <span aria-live="polite">${this.at + 1} / ${children.length}</span></div></section>`;
  }
  updated() {
    if (this.deck || !(this.props.children ?? []).length) return;
    const {Reveal} = given<any>('slides');
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.deck = new Reveal(this.renderRoot.querySelector('.reveal'), {embedded: true, keyboardCondition: 'focused',
      hash: false, controls: false, progress: true, transition: calm ? 'none' : 'slide', disableLayout: true, center: false,
      postMessage: false, postMessageEvents: false, overview: false, touch: true, help: false});
    this.deck.initialize().then(() => this.deck.on('slidechanged', (e: any) => {
      this.at = e.indexh;
      // what was laid out while it was hidden has no width yet
      globalThis.dispatchEvent(new Event('resize'));
    }));
  }
}

export const drawn = [
  define('geist-diagram', Diagram, 'Diagram', {code: z.string().optional(), rows: rowsSchema.optional(), by: bySchema, columns: z.any(), title}),
  define('geist-math', Math_, 'Math', {tex: z.string(), title}),
  define('geist-whiteboard', Whiteboard, 'Whiteboard', {elements: z.array(z.any()), title}),
  define('geist-slides', Slides, 'Slides', {children: ChildListSchema, title}),
];
