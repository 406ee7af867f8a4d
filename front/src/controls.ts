// Picker, Steps and Animation: what the rows of other components are narrowed to.
import {DynamicStringSchema} from '@a2ui/web_core/v0_9';
import {css, html, nothing} from 'lit';
import {z} from 'zod';
import {cell, define, look, Part, rowsSchema} from './part';

const shape = {label: z.string(), kind: z.string(), rows: rowsSchema, value: DynamicStringSchema};
const style = css`
  label { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: center; }
  .line { display: flex; gap: .75rem; align-items: center; flex-wrap: wrap; }
  input[type='range'] { flex: 1 1 12rem; accent-color: var(--accent); min-height: 2.25rem; }
  output { font-variant-numeric: tabular-nums; font-weight: 600; min-width: 6ch; }
`;

abstract class Control extends Part {
  static styles = [look, style];
  protected get options(): string[] {
    return ((this.props.rows ?? []) as any[]).map(r => r.value);
  }
  protected said(value: string) {
    const row = ((this.props.rows ?? []) as any[]).find(r => r.value === value);
    return row ? cell(row.label, this.props.kind).replace(/ 00:00:00$/, '') : '';
  }
}

class Picker extends Control {
  draw() {
    const change = (e: Event) => this.props.setValue((e.target as HTMLSelectElement).value);
    return html`<label><span>${this.props.label}</span><select @change=${change}>
      <option value="" ?selected=${!this.props.value}>all</option>
      ${this.options.map(o => html`<option value=${o} ?selected=${o === this.props.value}>${
        this.said(o)}</option>`)}</select></label>`;
  }
}

class Steps extends Control {
  timer: ReturnType<typeof setInterval> | undefined;
  protected at() {
    return Math.max(0, this.options.indexOf(this.props.value));
  }
  protected play: unknown = nothing;
  draw() {
    const change = (e: Event) =>
      this.props.setValue(this.options[Number((e.target as HTMLInputElement).value)]);
    const said = this.said(this.options[this.at()] ?? '');
    return html`<div class="line">${this.play}<label style="flex:1"><span>${this.props.label}</span>
      <input type="range" min="0" max=${Math.max(0, this.options.length - 1)} step="1"
        .value=${String(this.at())} aria-valuetext=${said} @input=${change}></label>
      <output>${said}</output></div>`;
  }
}

class Animation extends Steps {
  draw() {
    this.play = html`<button aria-pressed=${this.timer ? 'true' : 'false'} @click=${() => this.toggle()}>${
      this.timer ? 'Pause' : 'Play'}</button>`;
    return super.draw();
  }
  private toggle() {
    if (this.timer) return this.stop();
    if (this.at() === this.options.length - 1) this.props.setValue(this.options[0]);
    // a step a second; who asked for less motion still pressed Play, and gets slower steps
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.timer = setInterval(() => {
      if (this.at() >= this.options.length - 1) return this.stop();
      this.props.setValue(this.options[this.at() + 1]);
    }, calm ? 2000 : 800);
    this.requestUpdate();
  }
  private stop() {
    clearInterval(this.timer);
    this.timer = undefined;
    this.requestUpdate();
  }
  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }
}

export const controls = [
  define('geist-picker', Picker, 'Picker', shape),
  define('geist-steps', Steps, 'Steps', shape),
  define('geist-animation', Animation, 'Animation', shape),
];
