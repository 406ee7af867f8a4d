// Row, Column, Tabs and Text: those of the basic catalog, with roles and keys.
import {RowApi, TabsApi, TextApi, ColumnApi} from '@a2ui/web_core/v0_9/basic_catalog';
import {css, html, nothing} from 'lit';
import {unsafeStatic, html as staticHtml} from 'lit/static-html.js';
import {look, Part} from './part';

class Row extends Part {
  static styles = [look, css`
    :host { display: flex; flex-wrap: wrap; gap: 1.5rem; }
    :host > * { flex: 1 1 20rem; }
  `];
  draw() {
    return (this.props.children ?? []).map((c: any) => this.renderNode(c));
  }
}

class Column extends Part {
  static styles = [look, css`:host { display: flex; flex-direction: column; gap: 1.5rem; }`];
  draw() {
    return (this.props.children ?? []).map((c: any) => this.renderNode(c));
  }
}

class Tabs extends Part {
  static properties = {open: {state: true}};
  static styles = [look, css`
    [role='tablist'] { display: flex; flex-wrap: wrap; gap: .25rem; margin-bottom: 1rem;
      border-bottom: 1px solid var(--line); }
    [role='tab'] { border: 0; border-radius: 0; background: none; border-bottom: 3px solid transparent; }
    [role='tab'][aria-selected='true'] { border-bottom-color: var(--accent); font-weight: 600; }
    @media print { [role='tabpanel'][hidden] { display: block; } }
  `];
  open = 0;
  draw() {
    const tabs = (this.props.tabs ?? []) as {title: string; child: any}[];
    const go = (to: number) => {
      this.open = (to + tabs.length) % tabs.length;
      this.updateComplete.then(() =>
        (this.renderRoot.querySelectorAll('[role=tab]')[this.open] as HTMLElement).focus());
    };
    const key = (e: KeyboardEvent) => {
      if (e.key === 'ArrowRight') go(this.open + 1);
      if (e.key === 'ArrowLeft') go(this.open - 1);
    };
    return html`<div role="tablist" @keydown=${key}>${tabs.map((tab, n) => html`<button role="tab"
        id="tab-${n}" aria-controls="panel-${n}" aria-selected=${n === this.open ? 'true' : 'false'}
        tabindex=${n === this.open ? 0 : -1} @click=${() => go(n)}>${tab.title}</button>`)}</div>
      ${tabs.map((tab, n) => html`<div role="tabpanel" id="panel-${n}" aria-labelledby="tab-${n}"
        ?hidden=${n !== this.open}>${n === this.open || this.seen.has(n) ? this.keep(n, tab.child) : nothing}</div>`)}`;
  }
  private seen = new Set<number>();
  private keep(n: number, child: any) {
    this.seen.add(n);
    return this.renderNode(child);
  }
}

class Text extends Part {
  static styles = [look, css`
    h1, h2, h3, h4, h5, p { margin: 0; overflow-wrap: anywhere; white-space: pre-line; }
    h1 { font-size: 1.5rem; } h2 { font-size: 1.25rem; } h3 { font-size: 1.1rem; }
    h4, h5 { font-size: 1rem; }
    .caption { font-size: .875rem; color: var(--soft); }
  `];
  draw() {
    const variant = this.props.variant ?? 'body';
    const tag = /^h[1-5]$/.test(variant) ? variant : 'p';
    const t = unsafeStatic(tag);
    return staticHtml`<${t} class=${variant}>${this.props.text ?? ''}</${t}>`;
  }
}

function from(tag: string, element: any, api: any) {
  // geist's own fields stand beside the basic ones
  element.api = {...api, schema: api.schema.passthrough(), tagName: tag};
  customElements.define(tag, element);
  return element.api;
}

export const layout = [
  from('geist-row', Row, RowApi), from('geist-column', Column, ColumnApi),
  from('geist-tabs', Tabs, TabsApi), from('geist-text', Text, TextApi),
];
