// Leaflet, and the outlines of the countries. No tiles: nothing is fetched.
import L from 'leaflet';
import style from 'leaflet/dist/leaflet.css?inline';
import {feature} from 'topojson-client';
import world from 'world-atlas/countries-110m.json';

const here = globalThis as any;
const countries = feature(world as any, (world as any).objects.countries) as any;
// outlines are of a globe: where one crosses the date line it goes on beyond 180° on a flat map
for (const one of countries.features)
  for (const polygon of one.geometry.type === 'Polygon' ? [one.geometry.coordinates] : one.geometry.coordinates)
    for (const ring of polygon)
      for (let n = 1; n < ring.length; n++) {
        const step = ring[n][0] - ring[n - 1][0];
        if (Math.abs(step) > 180) ring[n] = [ring[n][0] - 360 * Math.sign(step), ring[n][1]];
      }
countries.features = countries.features.filter((f: any) => f.properties.name !== 'Antarctica');
here.geist = {...here.geist, map: {L, style: style.replace(/url\([^)]*\)/g, 'none'), countries}};
