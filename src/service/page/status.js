// Shows what the API says, with the token that the person gave; text goes in as text, never as markup.
const SYMBOL = { pass: '✓', fail: '✗', unknown: '?', 'not-applicable': '–', compliant: '✓', grace: '!', 'not-compliant': '✗' };
const REFRESH_MS = 5000;
const byId = (id) => document.getElementById(id);
let shown = null;

// The part behind # never leaves the browser; it is taken out of the address at once, so that it is not copied with it.
const given = /^#token=([\w-]{1,200})$/.exec(location.hash)?.[1];
if (given) {
  sessionStorage.setItem('stance-token', given);
  history.replaceState(null, '', location.pathname);
}

const element = (name, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
};
const word = (verdict) => element('td', { className: `word ${verdict}` }, `${SYMBOL[verdict] ?? ''} ${verdict === 'not-applicable' ? 'n/a' : verdict}`);
const cell = (text) => element('td', {}, text ?? '');
const table = (head, rows) =>
  element('table', {}, element('thead', {}, element('tr', {}, ...head.map((title) => element('th', { scope: 'col' }, title)))), element('tbody', {}, ...rows));

function ago(instant) {
  if (!instant) return 'never';
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(instant)) / 1000));
  if (seconds < 90) return `${seconds} s ago`;
  return seconds < 5400
    ? `${Math.round(seconds / 60)} min ago`
    : seconds < 172800
      ? `${Math.round(seconds / 3600)} h ago`
      : `${Math.round(seconds / 86400)} days ago`;
}

async function get(path) {
  const answer = await fetch(path, { headers: { authorization: `Bearer ${sessionStorage.getItem('stance-token')}` } });
  const body = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(body.detail), { code: body.code });
  return body;
}

function showList(devices) {
  const rows = devices.map((device) => {
    const open = element('button', { type: 'button' }, device.id);
    open.addEventListener('click', () => void show(device.id));
    return element(
      'tr',
      {},
      word(device.compliance),
      element('td', {}, open),
      cell(device.platform),
      cell(device.assurance),
      cell(device.state),
      cell(ago(device.lastReportedAt)),
      cell(device.failing.join(', ')),
    );
  });
  byId('devices').replaceChildren(table(['Compliance', 'Device', 'System', 'Assurance', 'State', 'Last report', 'Fails'], rows));
}

function showDevice(device) {
  const { description: about } = device;
  const rows = device.checks.map((check) =>
    element('tr', {}, word(check.verdict), cell(check.title), cell(check.required ? 'required' : ''), cell(check.because ?? check.reason)),
  );
  const facts = [about.manufacturer, about.model, about.os, about.osVersion].filter(Boolean).join(' · ');
  byId('device').replaceChildren(
    element('h2', {}, device.id),
    element(
      'p',
      { className: 'faint' },
      `${facts}${facts ? ' · ' : ''}enrolled ${ago(device.enrolledAt)} · last report ${ago(device.lastReportedAt)} · assurance ${device.assurance}`,
    ),
    table(['Verdict', 'Check', '', 'Because'], rows),
  );
  byId('device').hidden = false;
}

async function show(id) {
  shown = id;
  await refresh();
}

async function refresh() {
  const signedIn = sessionStorage.getItem('stance-token') !== null;
  byId('sign-in').hidden = signedIn;
  byId('devices').hidden = !signedIn;
  if (!signedIn) {
    byId('summary').textContent = 'Posture service';
    return;
  }
  try {
    const { devices, next } = await get('/v1/devices?limit=200');
    shown ??= devices.length === 1 ? devices[0].id : null;
    showList(devices);
    if (shown) showDevice(await get(`/v1/devices/${encodeURIComponent(shown)}`));
    const compliant = devices.filter((device) => device.compliance === 'compliant').length;
    const text = `${compliant} of ${devices.length}${next ? '+' : ''} devices compliant`;
    // A live region that changes without news would be read aloud every five seconds.
    if (byId('summary').textContent !== text) byId('summary').textContent = text;
  } catch (error) {
    if (error.code === 'unauthorized' || error.code === 'forbidden') {
      sessionStorage.removeItem('stance-token');
      byId('sign-in').hidden = false;
      byId('devices').hidden = true;
      byId('device').hidden = true;
    }
    byId('summary').textContent = error.message;
  }
}

byId('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem('stance-token', byId('token').value.trim());
  byId('token').value = '';
  void refresh();
});
setInterval(() => {
  if (!document.hidden && sessionStorage.getItem('stance-token')) void refresh();
}, REFRESH_MS);
void refresh();
