// Builds each script by itself, so that a page carries only those that its view needs.
import {copyFile, mkdir, readdir, rm, writeFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {dirname, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {gzipSync} from 'node:zlib';
import {readFile} from 'node:fs/promises';
import {build} from 'vite';

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(here, '../src/geist/canvas/built');
const require = createRequire(import.meta.url);

await rm(out, {recursive: true, force: true});
await mkdir(out, {recursive: true});
for (const name of ['core', 'chart', 'map', 'diagram', 'slides', 'math', 'board', 'markdown']) {
  await build({
    root: here,
    logLevel: 'error',
    define: {'process.env.NODE_ENV': '"production"'},
    build: {
      outDir: out,
      emptyOutDir: false,
      target: 'es2022',
      cssCodeSplit: false,
      chunkSizeWarningLimit: 10_000,
      lib: {entry: resolve(here, `src/${name === 'core' ? 'core' : `parts/${name}`}.ts`),
        formats: ['iife'], name: `geist_${name}`, fileName: () => `${name}.js`},
    },
  });
  const text = await readFile(resolve(out, `${name}.js`));
  const told = `${Math.round(text.length / 1000)} KB, ${Math.round(gzipSync(text).length / 1000)} KB gzipped`;
  console.log(`  ${name}.js: ${told}`);
}

// what only the checks and the messages of others need
await copyFile(require.resolve('axe-core/axe.min.js'), resolve(out, 'axe.js'));
const schemas = resolve(here, 'node_modules/@a2ui/web_core/src/v0_9/schemas');
for (const name of ['server_to_client', 'common_types'])
  await copyFile(`${schemas}/${name}.json`, resolve(out, `${name}.json`));
for (const name of ['basic', 'minimal'])
  await copyFile(`${schemas}/catalogs/${name}/catalog.json`, resolve(out, `${name}_catalog.json`));

// the licences of what the scripts are made of
const lock = JSON.parse(await readFile(resolve(here, 'package-lock.json')));
const licences = [];
for (const [path, told] of Object.entries(lock.packages)) {
  if (!path || told.dev) continue;
  const folder = resolve(here, path);
  const file = (await readdir(folder).catch(() => [])).find(f => /^licen[cs]e/i.test(f));
  const text = file ? await readFile(resolve(folder, file), 'utf8') : `Licence: ${told.license}`;
  licences.push(`${path.replace(/.*node_modules\//, '')} ${told.version}\n\n${text.trim()}\n`);
}
await writeFile(resolve(out, 'LICENCES.txt'), licences.join(`\n${'-'.repeat(72)}\n`));

// the countries that Map knows: their names, and their codes of two letters
const world = JSON.parse(await readFile(require.resolve('world-atlas/countries-110m.json')));
const english = new Intl.DisplayNames(['en'], {type: 'region', fallback: 'none'});
const codes = new Map();
for (const a of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ')
  for (const b of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') {
    const name = english.of(a + b);
    if (name && !codes.has(name)) codes.set(name, a + b);
  }
const short = {'United States of America': 'US', 'Dem. Rep. Congo': 'CD', Congo: 'CG',
  'Dominican Rep.': 'DO', 'Central African Rep.': 'CF', 'Eq. Guinea': 'GQ', eSwatini: 'SZ',
  'Bosnia and Herz.': 'BA', Macedonia: 'MK', 'S. Sudan': 'SS', "Côte d'Ivoire": 'CI',
  Myanmar: 'MM', Turkey: 'TR', Palestine: 'PS', 'Solomon Is.': 'SB', 'Falkland Is.': 'FK',
  'W. Sahara': 'EH', 'Fr. S. Antarctic Lands': 'TF', 'Trinidad and Tobago': 'TT'};
const found = world.objects.countries.geometries.map(g => {
  const name = g.properties.name;
  const code = short[name] ?? codes.get(name) ?? '';
  return {name, code, english: code ? english.of(code) : name};
});
await writeFile(resolve(out, 'countries.json'), JSON.stringify(found));
