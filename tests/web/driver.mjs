// Drives Chromium as a person would: one step a line on stdin (JSON), one answer a line on stdout.
//
// node driver.mjs NODE_HOME SCRATCH GATEWAY CHROMIUM
//
// Every address without a port of its own leads to GATEWAY, a port of this machine, over HTTP and TLS; so pages keep
// the addresses they have at AWS: `https://app.example.com`, `https://d1.cloudfront.net`. `localhost` and `127.0.0.1`
// are themselves. Nothing else can be reached.

import http from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { selfSigned } from './certificate.mjs';

const [home, scratch, gateway, executablePath] = process.argv.slice(2);
const { chromium } = createRequire(join(home, 'package.json'))('playwright-core');
const PATIENCE = 60_000;

const page = await open();
const noise = [];
page.on('pageerror', (error) => noise.push(`uncaught: ${error.message}`));
page.on('console', (message) => message.type() === 'error' && noise.push(message.text()));
page.on('dialog', (dialog) => dialog.accept());

const steps = {
  patience: ({ milliseconds }) => page.context().setDefaultTimeout(milliseconds),
  goto: ({ address }) => page.goto(address),
  back: () => page.goBack(),
  fill: async ({ label, css, value }) => (await field(label, css)).fill(value),
  choose: async ({ label, css, value }) => (await field(label, css)).selectOption(value),
  press: ({ key }) => page.keyboard.press(key),
  click: async ({ name, css }) => (await (css ? seen(page.locator(css)) : named(name))).click(),
  expect: ({ text }) => page.getByText(text).filter({ visible: true }).first().waitFor(),
  gone: ({ text }) => page.getByText(text).filter({ visible: true }).first().waitFor({ state: 'hidden' }),
  address: ({ part }) => page.waitForURL((url) => url.href.includes(part)),
  read: async ({ css }) => (await seen(page.locator(css))).innerText(),
  accessible: () => page.evaluate(barriers),
  evaluate: ({ script }) => page.evaluate(script),
  look: async () => ({ address: page.url(), title: await page.title(), text: await page.locator('body').innerText() }),
  cookies: () => page.context().cookies(),
  noise: () => noise.splice(0),
  resize: ({ width, height }) => page.setViewportSize({ width, height }),
  screenshot: async ({ path }) => void (await page.screenshot({ path, fullPage: true })),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { step, ...more } = JSON.parse(line);
  let answer;
  try {
    const found = await steps[step](more);
    answer = { ok: ['goto', 'back'].includes(step) ? (found?.status() ?? null) : (found ?? null) };
  } catch (error) {
    const shown = await steps.look().catch(() => null);
    // Playwright's messages have colours.
    const message = error.message.replace(/\u001b\[\d+m/g, '');
    answer = { error: message, shown, noise };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await page.context().close();
process.exit(0);

// What keeps people out who do not see the page or use no mouse. Runs in the page.
function barriers() {
  const all = (selector) => [...document.querySelectorAll(selector)].filter((it) => it.checkVisibility());
  const name = (it) => it.getAttribute('aria-label') || it.labels?.[0]?.textContent || it.textContent || it.title;
  const operable = all('a, button, input:not([type=hidden]), select, textarea, [tabindex]');
  const found = [
    [!document.documentElement.lang, 'the page has no language'],
    [!document.title.trim(), 'the page has no title'],
    [all('h1').length !== 1, `the page has ${all('h1').length} main headings`],
    [!document.querySelector('main, [role=main]'), 'the page has no main part'],
    [!document.querySelector('meta[name=viewport]'), 'the page does not fit small windows'],
    ...operable.map((it) => [!name(it)?.trim(), `nothing names ${it.outerHTML.slice(0, 80)}`]),
    ...operable.map((it) => [it.tabIndex < 0, `no key reaches ${it.outerHTML.slice(0, 80)}`]),
    ...all('img').map((it) => [!it.hasAttribute('alt'), `nothing stands in for ${it.outerHTML.slice(0, 80)}`]),
    ...all('[onclick]:not(a, button, input)').map((it) => [true, `only a mouse operates ${it.outerHTML.slice(0, 80)}`]),
  ];
  return found.filter(([is]) => is).map(([, what]) => what);
}

// A field by its label, as a person finds it, or by a selector where a page of others has no labels.
function field(label, css) {
  return seen(css ? page.locator(css) : page.getByLabel(label));
}

// A button or a link by what it says.
function named(name) {
  const button = page.getByRole('button', { name, exact: true });
  return seen(button.or(page.getByRole('link', { name, exact: true })));
}

// The first of them that is visible: pages keep forms for other sizes of the window.
async function seen(locator) {
  const first = locator.filter({ visible: true }).first();
  await first.waitFor();
  return first;
}

async function open() {
  const plain = await listen(http.createServer(forward((host) => host)));
  // The port tells the gateway that the request came over TLS.
  const withPort = (host) => (host.includes(':') ? host : `${host}:443`);
  const tls = await listen(https.createServer(selfSigned(), forward(withPort)));
  const rules = `MAP *:80 127.0.0.1:${plain}, MAP *:443 127.0.0.1:${tls}, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1`;
  const quiet = '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking';
  const context = await chromium.launchPersistentContext(join(scratch, 'profile'), {
    executablePath,
    args: [...quiet.split(' '), '--disable-component-update', '--disable-sync', `--host-resolver-rules=${rules}`],
    ignoreHTTPSErrors: true,
    headless: true,
    locale: 'en-GB',
    viewport: { width: 1280, height: 800 },
  });
  context.setDefaultTimeout(PATIENCE);
  return context.pages()[0] ?? context.newPage();
}

function forward(host) {
  return (request, response) => {
    const headers = { ...request.headers, host: host(request.headers.host ?? '') };
    const { method, url: path } = request;
    const onward = http.request({ host: '127.0.0.1', port: gateway, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(response);
    });
    onward.on('error', (error) => response.writeHead(502).end(error.message));
    request.pipe(onward);
  };
}

function listen(server) {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
}
