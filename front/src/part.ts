// What all elements share: bindings, rows under controls, figures as people read them, a look.
import {A2uiController, A2uiLitElement} from '@a2ui/lit/v0_9';
import type {LitComponentApi} from '@a2ui/lit/v0_9';
import {DynamicStringSchema, DynamicValueSchema} from '@a2ui/web_core/v0_9';
import {css, html, nothing} from 'lit';
import type {CSSResultGroup} from 'lit';
import {z} from 'zod';

export type Row = Record<string, any>;
export interface Column {
  field: string;
  kind: string;
  of: string;
}
export interface By {
  column: string;
  fold: boolean;
  value?: string;
}

export const rowsSchema = DynamicValueSchema;
export const bySchema = z
  .array(z.object({column: z.string(), fold: z.boolean(), value: DynamicStringSchema}))
  .optional();

/** The rows for what the controls are at. Where rows were folded, those for "all" were folded by
 * geist too: nothing is added up here. */
export function picked(rows: unknown, by: By[] | undefined): Row[] {
  const all = Array.isArray(rows) ? (rows as Row[]) : [];
  return (by ?? []).reduce((left, {column, fold, value}) => {
    if (value) return left.filter(row => row[column] === value);
    return fold ? left.filter(row => row[column] === null) : left;
  }, all);
}

/** A figure as people read it: no more than four digits behind the point. */
export function written(value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'number') {
    // 2024 is more often a year than two thousand and more
    const told = value.toLocaleString('en-US', {maximumFractionDigits: 4, useGrouping: Math.abs(value) >= 10_000});
    return told === '-0' ? '0' : told;
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export function cell(value: unknown, kind: string): string {
  if (kind === 'time' && typeof value === 'string')
    return value.replace(/T00:00:00$/, '').replace('T', ' ');
  return written(value);
}

/** A field as people read it. */
export function named(of: string): string {
  return of.replaceAll('`', '');
}

export const PALETTE = ['#0072B2', '#E69F00', '#009E73', '#D55E00', '#CC79A7', '#56B4E9',
  '#F0E442', '#000000'];

export function dark(): boolean {
  return matchMedia('(prefers-color-scheme: dark)').matches;
}

export const look = css`
  :host { display: block; min-width: 0; }
  figure { margin: 0; }
  figcaption, .title { font-weight: 600; margin: 0 0 .5rem; }
  button, select, input[type='text'], input[type='search'] {
    font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--line);
    border-radius: .375rem; padding: .375rem .75rem; min-height: 2.25rem;
  }
  button { cursor: pointer; }
  button:hover { border-color: var(--accent); }
  :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
  .scroll { overflow: auto; }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
  th, td { border-bottom: 1px solid var(--line); padding: .25rem .75rem; text-align: left;
    vertical-align: top; }
  .number { text-align: right; }
  details { font-size: .875rem; margin-top: .5rem; }
  summary { cursor: pointer; color: var(--soft); }
  .quiet { color: var(--soft); font-size: .875rem; }
  @media print { details, button { display: none; } }
`;

/** One component. What goes wrong inside of it is shown in its place, by its name. */
export abstract class Part extends A2uiLitElement<any> {
  static api: LitComponentApi;
  static styles: CSSResultGroup = look;

  protected createController() {
    return new A2uiController(this as any, (this.constructor as typeof Part).api) as any;
  }

  protected get props(): any {
    return this.controller?.props ?? {};
  }

  protected abstract draw(): unknown;

  render() {
    try {
      return this.controller ? this.draw() : nothing;
    } catch (e) {
      return broken((this.constructor as typeof Part).api.name, String(e));
    }
  }

  /** The figures behind a picture, for who cannot see it or wants to know. */
  protected figures(columns: Column[], rows: Row[]) {
    const most = 200;
    return html`<details><summary>Its figures (${rows.length} rows)</summary>
      <div class="scroll" tabindex="0" role="region" aria-label="figures"><table><thead><tr>${columns.map(
        c => html`<th scope="col">${named(c.of)}</th>`)}</tr></thead><tbody>${rows.slice(0, most).map(
        row => html`<tr>${columns.map(
          c => html`<td class=${c.kind}>${cell(row[c.field], c.kind)}</td>`)}</tr>`)}
      </tbody></table></div>${rows.length > most
        ? html`<p class="quiet">${rows.length - most} more</p>` : nothing}</details>`;
  }
}

export function broken(what: string, why: string) {
  return html`<div role="alert" style="border:2px solid #D55E00;padding:.5rem 1rem">
    <strong>${what} cannot be shown</strong>: ${why}</div>`;
}

/** Scripts that only some views need put themselves here. */
export function given<T>(name: string): T {
  const found = (globalThis as any).geist?.[name];
  if (!found) throw new Error(`this page was made without what ${name} needs`);
  return found as T;
}

export function define(tag: string, element: any, name: string, shape: z.ZodRawShape) {
  element.api = {name, tagName: tag, schema: z.object(shape).passthrough()};
  customElements.define(tag, element);
  return element.api as LitComponentApi;
}
