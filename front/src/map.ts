// Map: points, and countries by colour, over the outlines of the world.
import {css, html, nothing} from 'lit';
import {z} from 'zod';
import {bySchema, cell, define, given, look, named, PALETTE, Part, picked, rowsSchema, written} from './part';

const FEW = 15; // places that all have their name beside them

class Map_ extends Part {
  static styles = [look, css`
    .map { height: 26rem; border: 1px solid var(--line); border-radius: .375rem; background: var(--sea) !important; z-index: 0; }
    .legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: .5rem 0 0; font-size: .875rem; }
    .legend span::before { content: ''; display: inline-block; width: .8em; height: .8em; margin-right: .4em; background: var(--c); border: 1px solid var(--line); }
    .leaflet-container { font: inherit !important; }
    .named { background: none !important; border: 0 !important; box-shadow: none !important; padding: 0 !important;
      color: var(--ink) !important; font-weight: 600; text-shadow: 0 0 3px var(--paper), 0 0 3px var(--paper), 0 0 6px var(--paper); }
    .named::before { display: none; }
    .leaflet-tooltip:not(.named), .leaflet-popup-content-wrapper { color: #222; }
  `];
  map: any;
  private layer: any;

  draw() {
    const {rows, by, columns, title} = this.props;
    const found = picked(rows, by);
    const {style} = given<any>('map');
    const cols = Object.values(columns as any) as any[];
    return html`<style>${style}</style><figure>${title ? html`<figcaption>${title}</figcaption>` : nothing}
      <div class="map" role="region" aria-label=${title || 'map'}></div>${this.legend(found)}${this.figures(cols, found)}</figure>`;
  }

  private groups(rows: any[]) {
    const c = (this.props.columns as any).color;
    return c && c.kind !== 'number' ? [...new Set(rows.map(r => String(r[c.field])))].sort() : [];
  }

  private legend(rows: any[]) {
    const c = (this.props.columns as any).color;
    if (!c) return nothing;
    if (c.kind !== 'number') return html`<p class="legend">${this.groups(this.props.rows ?? []).map((g, n) =>
      html`<span style="--c:${PALETTE[n % PALETTE.length]}">${g}</span>`)}</p>`;
    const [low, high] = this.span(rows);
    return html`<p class="legend"><b>${named(c.of)}</b>${[0, .25, .5, .75, 1].map(t =>
      html`<span style="--c:${shade(t)}">${written(Number((low + t * (high - low)).toPrecision(3)))}</span>`)}</p>`;
  }

  private span(rows: any[]): [number, number] {
    const c = (this.props.columns as any).color;
    const values = rows.map(r => r[c.field]).filter(v => typeof v === 'number');
    return values.length ? [Math.min(...values), Math.max(...values)] : [0, 1];
  }

  updated() {
    const {L, countries} = given<any>('map');
    const {rows, by, columns} = this.props;
    const found = picked(rows, by), {lat, lon, label, size, color, country} = columns as any;
    const line = getComputedStyle(this).getPropertyValue('--line').trim();
    const land = getComputedStyle(this).getPropertyValue('--land').trim();
    const first = !this.map;
    if (first) {
      this.map = L.map(this.renderRoot.querySelector('.map'), {attributionControl: false, zoomSnap: .25,
        zoomAnimation: false, fadeAnimation: false, worldCopyJump: false, minZoom: 0, maxBounds: [[-85, -220], [85, 230]]});
      this.map.setView([20, 0], 1);
      if (!country) L.control.scale({imperial: false}).addTo(this.map);
      if (!country) L.geoJSON(countries, {interactive: false, style: {color: line, weight: 1, fillColor: land, fillOpacity: 1}}).addTo(this.map);
      new ResizeObserver(() => this.map?.invalidateSize()).observe(this);
    }
    if (first) this.map.on('zoomend moveend resize viewreset', () => requestAnimationFrame(() => this.thin()));
    this.layer?.remove();
    this.layer = L.featureGroup().addTo(this.map);
    const [low, high] = color?.kind === 'number' ? this.span(found) : [0, 1];
    const groups = this.groups((rows as any[]) ?? []);
    const tint = (r: any) => !color ? PALETTE[0] : color.kind === 'number'
      ? (typeof r[color.field] === 'number' ? shade((r[color.field] - low) / (high - low || 1)) : land)
      : PALETTE[groups.indexOf(String(r[color.field])) % PALETTE.length];
    const said = (r: any) => Object.values(columns as any).filter((c: any) => c !== lat && c !== lon)
      .map((c: any) => `${named(c.of)}: ${cell(r[c.field], c.kind)}`).join('\n');
    const tip = (text: string) => {
      const box = document.createElement('div');
      box.style.whiteSpace = 'pre';
      box.textContent = text;
      return box;
    };
    if (country) {
      const known = new Map<string, any>();
      for (const r of found) known.set((this.props.names ?? {})[String(r[country.field])] ?? "", r);
      L.geoJSON(countries, {
        style: (f: any) => {
          const r = known.get(f.properties.name);
          return {color: line, weight: 1, fillOpacity: 1, fillColor: r ? tint(r) : land};
        },
        onEachFeature: (f: any, layer: any) => {
          const r = known.get(f.properties.name);
          if (r) layer.bindTooltip(tip(said(r)));
        },
      }).addTo(this.layer);
      if (first) this.map.fitBounds([[-56, -170], [78, 180]], {animate: false});
      return;
    }
    const most = size ? Math.max(...found.map(r => Number(r[size.field]) || 0), 1e-9) : 1;
    for (const r of found) {
      if (typeof r[lat.field] !== 'number' || typeof r[lon.field] !== 'number') continue;
      const radius = size ? 4 + 18 * Math.sqrt(Math.max(0, Number(r[size.field]) || 0) / most) : 7;
      const mark = L.circleMarker([r[lat.field], r[lon.field]], {radius, color: dark(), weight: 1, fillColor: tint(r), fillOpacity: .85});
      if (label && found.length <= FEW) {
        const named = {permanent: true, direction: 'auto', offset: [radius, 0], className: 'named'};
        mark.bindTooltip(tip(cell(r[label.field], label.kind)), named).bindPopup(tip(said(r)));
      } else mark.bindTooltip(tip(said(r)));
      this.layer.addLayer(mark);
    }
    const box = this.layer.getBounds();
    if (first && box.isValid()) this.map.fitBounds(box.pad(.2), {maxZoom: 12, animate: false});
    this.thin();
  }

  /** Names that would stand on others, or be cut off, wait until there is room. */
  private thin() {
    const frame = (this.renderRoot.querySelector('.map') as HTMLElement).getBoundingClientRect();
    const kept: DOMRect[] = [];
    for (const name of this.renderRoot.querySelectorAll<HTMLElement>('.named')) {
      name.style.visibility = 'visible';
      const r = name.getBoundingClientRect();
      const out = r.left < frame.left || r.right > frame.right || r.top < frame.top || r.bottom > frame.bottom;
      const on = kept.some(k => r.left < k.right && k.left < r.right && r.top < k.bottom && k.top < r.bottom);
      if (out || on) name.style.visibility = 'hidden';
      else kept.push(r);
    }
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.map?.remove();
    this.map = undefined;
  }
}

function dark() {
  return matchMedia('(prefers-color-scheme: dark)').matches ? '#fff' : '#222';
}

/** From light to dark blue: lightness alone tells more from less. */
function shade(t: number) {
  const mix = (a: number, b: number) => Math.round(a + (b - a) * Math.min(1, Math.max(0, t)));
  return `rgb(${mix(222, 8)},${mix(235, 48)},${mix(247, 107)})`;
}

export const map = define('geist-map', Map_, 'Map', {
  rows: rowsSchema, by: bySchema, columns: z.any(), names: z.record(z.string()).optional(), title: z.string().optional(),
});
