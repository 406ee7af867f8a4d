// Reads the page's messages and shows their surfaces.
import {provide} from '@lit/context';
import {basicCatalog, Context} from '@a2ui/lit/v0_9';
import {Catalog, createFunctionImplementation, MessageProcessor} from '@a2ui/web_core/v0_9';
import {html, LitElement} from 'lit';
import {z} from 'zod';
import {chart} from './chart';
import {controls} from './controls';
import {drawn} from './drawn';
import {layout} from './layout';
import {map} from './map';
import {broken_, plain} from './plain';
import {table} from './table';

const OURS = 'https://geist.invalid/catalogs/1';
const capitalize = createFunctionImplementation(
  {name: 'capitalize', returnType: 'string', schema: z.object({value: z.any()})},
  ({value}: any) => String(value ?? '').replace(/^./, c => c.toUpperCase()));
const functions = [...basicCatalog.functions.values()];
const all = new Map([...basicCatalog.components, ...[...layout, ...plain, ...controls, ...drawn, chart,
  table, map].map(part => [part.name, part] as const)]);
const catalogs = [
  new Catalog(OURS, [...all.values()], functions),
  new Catalog(basicCatalog.id, [...basicCatalog.components.values(), broken_], functions),
  new Catalog('https://a2ui.org/specification/v0_9/basic_catalog.json', [...basicCatalog.components.values(), broken_], functions),
  new Catalog('https://a2ui.org/specification/v0_9/catalogs/minimal/catalog.json', [...basicCatalog.components.values(), broken_], [...functions, capitalize]),
];

class Page extends LitElement {
  markdown = (globalThis as any).geist?.markdown;
  processor = new MessageProcessor<any>(catalogs, action => this.acted(action));
  said: string[] = [];
  wrong: string[] = [];

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    const messages = JSON.parse(document.getElementById('view')?.textContent || '[]');
    for (const message of messages) this.take(message);
    document.documentElement.dataset.ready = 'true';
  }

  take(message: any) {
    try {
      this.processor.processMessages([this.named(message)]);
    } catch (e) {
      this.wrong.push(String(e));
    }
    this.requestUpdate();
  }

  /** What the catalog does not have is shown by its name, never left out. */
  private named(message: any) {
    const update = message?.updateComponents;
    const surface = update && this.processor.model.getSurface(update.surfaceId);
    if (!surface) return message;
    const components = update.components.map((c: any) => {
      const part = (surface.catalog as any).components.get(c.component);
      const {id, component, ...rest} = c;
      const told = !part ? `there is no ${component}` : part.schema.safeParse(rest).error?.issues.map(
        (i: any) => `${i.path.join('.')}: ${i.message}`).join('; ');
      return told ? {id, component: 'Broken', code: component ?? 'component', message: told} : c;
    });
    return {...message, updateComponents: {...update, components}};
  }

  private acted(action: any) {
    this.dispatchEvent(new CustomEvent('a2ui-action', {detail: action, bubbles: true}));
    this.said.push(`“${action.name}” was chosen. This page is a copy: nobody is told of it.`);
    this.requestUpdate();
  }

  render() {
    const surfaces = [...this.processor.model.surfacesMap.values()];
    return html`${this.wrong.map(w => html`<p role="alert" class="Broken">${w}</p>`)}
      ${surfaces.map(s => html`<a2ui-surface .surface=${s as any}></a2ui-surface>`)}
      <div aria-live="polite">${this.said.slice(-1).map(s => html`<p class="caption">${s}</p>`)}</div>`;
  }
}
provide({context: Context.markdown})(Page.prototype as any, 'markdown' as never);
customElements.define('geist-view', Page);
