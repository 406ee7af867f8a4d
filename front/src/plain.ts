// Elements that need nothing but the page: Code, Diff, Figure, Quiz, Timeline, App, Broken.
import {css, html, nothing} from 'lit';
import {z} from 'zod';
import {bySchema, cell, Column, define, look, PALETTE, Part, picked, Row, rowsSchema} from './part';

const title = z.string().optional();
const mono = css`pre { font: .875rem/1.5 ui-monospace, monospace; margin: 0; padding: .75rem 1rem; tab-size: 4;
  background: var(--raised); border: 1px solid var(--line); border-radius: .375rem; overflow: auto; }`;

class Code extends Part {
  static styles = [look, mono, css`
    .k { color: var(--code-word); font-weight: 600; } .s { color: var(--code-text); }
    .c { color: var(--soft); font-style: italic; } .n { color: var(--code-number); }
  `];
  draw() {
    const {tokens, code, title} = this.props;
    return html`<figure>${title ? html`<figcaption>${title}</figcaption>` : nothing}
      <pre tabindex="0" role="region" aria-label=${title || 'code'}><code>${(tokens ?? [['', code]]).map(
        ([kind, text]: [string, string]) => kind ? html`<span class=${kind}>${text}</span>` : text)}</code></pre></figure>`;
  }
}

class Diff extends Part {
  static styles = [look, mono, css`
    pre { padding: .5rem 0; } .row { display: block; padding: 0 1rem; min-height: 1.5em; white-space: pre; width: max-content; min-width: 100%; box-sizing: border-box; }
    .plus { background: var(--plus); } .minus { background: var(--minus); } .skip { color: var(--soft); }
  `];
  draw() {
    const {lines, title} = this.props;
    const kinds: Record<string, string> = {'+': 'plus', '-': 'minus', '@': 'skip'};
    return html`<figure>${title ? html`<figcaption>${title}</figcaption>` : nothing}
      <pre tabindex="0" role="region" aria-label=${title || 'changes'}>${(lines as string[]).map(
        line => html`<span class="row ${kinds[line[0]] ?? ''}">${line}</span>`)}</pre></figure>`;
  }
}

class Figure extends Part {
  static styles = [look, css`img { max-width: 100%; height: auto; background: #fff; border-radius: .375rem; }`];
  draw() {
    const {image, alt, title} = this.props;
    return html`<figure>${title ? html`<figcaption>${title}</figcaption>` : nothing}<img src=${image} alt=${alt}></figure>`;
  }
}

class Quiz extends Part {
  static properties = {chosen: {state: true}, told: {state: true}};
  static styles = [look, css`
    fieldset { border: 1px solid var(--line); border-radius: .375rem; padding: 1rem; display: grid; gap: .5rem; }
    label { display: flex; gap: .5rem; align-items: center; min-height: 2rem; }
    .right { color: var(--good); } .wrong { color: var(--bad); } button { justify-self: start; }
  `];
  chosen = -1;
  told = false;
  draw() {
    const {question, options, answer, why} = this.props;
    const right = this.chosen === answer - 1;
    return html`<fieldset><legend>${question}</legend>${(options as string[]).map((o, n) => html`<label>
      <input type="radio" name="q" .checked=${this.chosen === n} @change=${() => { this.chosen = n; this.told = false; }}>
      <span>${o}</span></label>`)}
      <button ?disabled=${this.chosen < 0} @click=${() => (this.told = true)}>Check</button>
      <div aria-live="polite">${this.told ? html`<p class=${right ? 'right' : 'wrong'}>${
        right ? '✓ Right.' : `✗ No: ${options[answer - 1]}.`} ${why ?? ''}</p>` : nothing}</div></fieldset>`;
  }
}

const DAY = 86_400_000;

class Timeline extends Part {
  static styles = [look, css`
    ol { list-style: none; margin: 0; padding: 0; }
    li { display: grid; grid-template-columns: minmax(6rem, 14rem) 1fr; gap: .75rem; align-items: center;
      padding: .2rem 0; border-bottom: 1px solid var(--line); }
    .lane { position: relative; height: 1.5rem; }
    .bar { position: absolute; top: .2rem; height: 1.1rem; border-radius: .25rem; min-width: .5rem; }
    .what { overflow-wrap: anywhere; } .when { color: var(--soft); font-size: .8rem; display: block; }
    .scale { position: relative; height: 1.5rem; color: var(--soft); font-size: .8rem; overflow: hidden; }
    .scale span { position: absolute; white-space: nowrap; border-left: 1px solid var(--line); padding-left: .25rem; }
    .legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0 0 .5rem; padding: 0; }
    .legend span::before { content: ''; display: inline-block; width: .8em; height: .8em; margin-right: .4em; background: var(--c); }
    @media (max-width: 30rem) { li { grid-template-columns: 1fr; } .head { display: none; } }
  `];
  draw() {
    const {rows, by, columns, title} = this.props;
    const {start, end, label, color} = columns as Record<string, Column>;
    const found = picked(rows, by).filter(r => r[start.field]);
    const time = (v: string) => Date.parse(v.length === 10 ? `${v}T00:00:00` : v.replace(' ', 'T'));
    const from = (r: Row) => time(String(r[start.field]));
    const to = (r: Row) => (end && r[end.field] ? time(String(r[end.field])) : from(r));
    const low = Math.min(...found.map(from)), high = Math.max(...found.map(to), low + 1);
    const place = (t: number) => (100 * (t - low)) / (high - low);
    const groups = color ? [...new Set(found.map(r => String(r[color.field])))] : [];
    const tint = (r: Row) => (color ? PALETTE[groups.indexOf(String(r[color.field])) % PALETTE.length] : PALETTE[0]);
    const ticks = [0, 1, 2, 3].map(n => low + (n * (high - low)) / 4);
    const said = (t: number) => {
      const text = new Date(t - new Date(t).getTimezoneOffset() * 60_000).toISOString();
      return high - low > 3 * DAY ? text.slice(0, 10) : text.slice(5, 16).replace('T', ' ');
    };
    return html`<figure>${title ? html`<figcaption>${title}</figcaption>` : nothing}
      ${groups.length ? html`<p class="legend">${groups.map((g, n) => html`<span style="--c:${PALETTE[n % PALETTE.length]}">${g}</span>`)}</p>` : nothing}
      <ol><li class="head" aria-hidden="true"><span></span><div class="scale">${ticks.map(
        t => html`<span style="left:${place(t)}%">${said(t)}</span>`)}</div></li>
      ${found.map(r => html`<li><span class="what">${cell(r[label.field], label.kind)}<span class="when">${cell(r[start.field], 'time')}${
        end && r[end.field] ? ` – ${cell(r[end.field], 'time')}` : ''}${color ? ` · ${r[color.field]}` : ''}</span></span>
        <div class="lane"><div class="bar" style="left:${Math.min(place(from(r)), 98)}%;width:${Math.max(0, place(to(r)) - place(from(r)))}%;background:${tint(r)}"></div></div></li>`)}</ol></figure>`;
  }
}

class App extends Part {
  static styles = [look, css`iframe { width: 100%; border: 1px solid var(--line); border-radius: .375rem; background: #fff; }`];
  draw() {
    const {srcdoc, title, height} = this.props;
    return html`<figure><figcaption>${title}</figcaption><iframe title=${title} sandbox="allow-scripts"
      referrerpolicy="no-referrer" .srcdoc=${srcdoc} style="height:${Number(height) || 420}px"></iframe></figure>`;
  }
}

class Broken extends Part {
  static styles = [look, css`div { border: 2px solid var(--bad); border-radius: .375rem; padding: .5rem 1rem; }
    pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .25rem 0 0; }`];
  draw() {
    const {code, message, line} = this.props;
    return html`<div role="alert"><strong>${code}</strong>: ${message}${line ? html`<pre>${line}</pre>` : nothing}</div>`;
  }
}

export const broken_ = define('geist-broken', Broken, 'Broken', {code: z.string(), message: z.string()});
export const plain = [
  define('geist-code', Code, 'Code', {code: z.string(), tokens: z.array(z.any()).optional(), title}),
  define('geist-diff', Diff, 'Diff', {lines: z.array(z.string()), title}),
  define('geist-figure', Figure, 'Figure', {image: z.string().startsWith('data:image/'), alt: z.string(), title}),
  define('geist-quiz', Quiz, 'Quiz', {question: z.string(), options: z.array(z.string()), answer: z.number()}),
  define('geist-timeline', Timeline, 'Timeline', {rows: rowsSchema, by: bySchema, columns: z.any(), title}),
  define('geist-app', App, 'App', {srcdoc: z.string(), title: z.string(), height: z.number().optional()}),
  broken_,
];
