const $ = id => document.getElementById(id);
const say = text => { $('message').textContent = text; };
function read(field) {
  const el = $('in_' + field.name);
  if (field.kind === 'yesno') return el.checked;
  const text = el.value.trim();
  if (text.length > 20000) throw new Error(`${field.label} is too long`);
  if (text === '') {
    if (!field.required) return field.kind === 'number' || field.kind === 'integer' ? null : '';
    if (el.validity && el.validity.badInput) throw new Error(`${field.label} must be a number`);
    throw new Error(`${field.label} is missing`);
  }
  if (field.kind === 'number' || field.kind === 'integer') {
    const n = Number(text.replace(/,(?=\d{3}\b)/g, ''));
    if (!Number.isFinite(n) || Math.abs(n) > 1e15) throw new Error(`${field.label} must be a number`);
    if (field.kind === 'integer' && !Number.isInteger(n)) {
      throw Object.assign(new Error(`${field.label} must be a whole number`), { value: n });
    }
    return n;
  }
  if (field.kind === 'date') {
    const d = new Date(text + 'T00:00:00Z');
    if (!/^\d{4}-\d\d-\d\d$/.test(text) || isNaN(d) || d.toISOString().slice(0, 10) !== text) throw new Error(`${field.label} must be a date such as 2026-05-31`);
  }
  return text;
}
// what cannot be read is null, or an empty text; fault says of the first what is wrong with it
function readAll(fields) {
  const values = {}, unread = [];
  let fault = null;
  for (const field of fields) {
    try { values[field.name] = read(field); } catch (e) {
      const n = field.kind === 'number' || field.kind === 'integer';
      fault = fault ?? e;
      values[field.name] = e.value ?? (n ? null : '');
      if (n && e.value === undefined) unread.push(field.name);
    }
  }
  return { values, fault, unread };
}
// what is no number is out of every range
function outside({ values, unread }, work) {
  if (unread.length) work({ ...values, ...Object.fromEntries(unread.map(name => [name, -1e300])) });
}
// what the app itself says of wrong input comes first
function judged(told, work) {
  const { values, fault } = told;
  let made;
  try { made = work(values); outside(told, work); } catch (e) {
    throw fault && e.name !== 'Error' ? fault : e;
  }
  if (fault) throw fault;
  return made;
}
function shown(value) {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error('There is no result for these values');
    return String(Number(value.toPrecision(12)));
  }
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (value instanceof Date) return isNaN(value) ? '–' : value.toISOString().slice(0, 10);
  if (Array.isArray(value)) return value.map(shown).join(', ') || '–';
  if (typeof value === 'object') return Object.entries(value).map(([k, v]) => `${k}: ${shown(v)}`).join(', ') || '–';
  const text = String(value);
  if (/\b(NaN|Infinity|undefined)\b/.test(text)) throw new Error('There is no result for these values');
  return text;
}
function results(told, empty) {
  const made = Object.entries(told ?? {}).map(([name, value]) => {
    // nothing is there yet: the largest of no numbers is no fault
    if (empty && typeof value === 'number' && !Number.isFinite(value)) return [name, '–'];
    if (empty && /\b(NaN|Infinity|undefined)\b/.test(String(value))) return [name, '–'];
    const digits = decimals[name];
    if (digits !== undefined && Number.isFinite(value)) return [name, rounded(value, digits).toFixed(digits)];
    return [name, shown(value)];
  });
  const list = $('results');
  list.replaceChildren();
  for (const [name, text] of made) {
    const dt = document.createElement('dt'), dd = document.createElement('dd');
    dt.textContent = name;
    dd.textContent = text;
    list.append(dt, dd);
  }
}
// half a step goes up, and what binary fractions add or lack does not count
function steps(x, digits) {
  return Number((x * 10 ** digits).toPrecision(14));
}
function rounded(x, digits = 0) {
  return Math.sign(x) * Math.round(Math.abs(steps(x, digits))) / 10 ** digits;
}
function roundedUp(x, digits = 0) {
  return Math.ceil(steps(x, digits)) / 10 ** digits;
}
function roundedDown(x, digits = 0) {
  return Math.floor(steps(x, digits)) / 10 ** digits;
}
function attempt(work) {
  say('');
  try { work(); } catch (e) { say(e instanceof Error ? e.message : String(e)); return false; }
  return true;
}
